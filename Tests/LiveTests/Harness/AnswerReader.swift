/// Takes an HTTP answer apart as its bytes come in.
struct AnswerReader {
    private var bytes: [UInt8] = []
    /// Where the next answer begins.
    private var start = 0

    mutating func append(_ more: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    /// The next answer, when all of it is there.
    ///
    /// - Parameter isAtEnd: Whether no more bytes will come, which ends a body of unknown length.
    /// - Returns: The answer, or `nil`.
    /// - Throws: A failure that says what is no HTTP.
    mutating func next(isAtEnd: Bool = false) throws(RawSocket.Failure) -> HTTPAnswer? {
        guard let headEnd = find([13, 10, 13, 10], from: start) else { return nil }
        var answer = try head(Array(bytes[start..<headEnd]))
        let bodyStart = headEnd + 4
        // An interim answer, such as 100 Continue, has no body and is not the answer.
        if (100..<200).contains(answer.status) {
            start = bodyStart
            return try next(isAtEnd: isAtEnd)
        }
        if answer.headers["transfer-encoding"]?.lowercased() == "chunked" {
            guard let (body, end) = try chunks(from: bodyStart) else { return nil }
            answer.body = body
            start = end
        } else if let length = answer.headers["content-length"].flatMap({ Int($0) }) {
            guard bytes.count - bodyStart >= length else { return nil }
            answer.body = Array(bytes[bodyStart..<bodyStart + length])
            start = bodyStart + length
        } else {
            guard isAtEnd || answer.status == 204 else { return nil }
            answer.body = Array(bytes[bodyStart...])
            start = bytes.count
        }
        return answer
    }

    private func head(_ bytes: [UInt8]) throws(RawSocket.Failure) -> HTTPAnswer {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        guard
            let words = lines.first?.split(separator: " "), words.count > 1, words[0].hasPrefix("HTTP/1."),
            let status = Int(words[1])
        else { throw RawSocket.Failure(description: "the answer is no HTTP: \(lines.first ?? "")") }
        var answer = HTTPAnswer(status: status)
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            answer.headers[line[..<colon].lowercased()] = String(value)
        }
        return answer
    }

    private func chunks(from position: Int) throws(RawSocket.Failure) -> (body: [UInt8], end: Int)? {
        var position = position
        var body: [UInt8] = []
        while let lineEnd = find([13, 10], from: position) {
            let line = String(decoding: bytes[position..<lineEnd], as: UTF8.self).prefix { $0 != ";" }
            guard let size = Int(line, radix: 16) else {
                throw RawSocket.Failure(description: "a chunk has the length '\(line)'")
            }
            let data = lineEnd + 2
            guard bytes.count >= data + size + 2 else { return nil }
            if size == 0 { return (body, data + 2) }
            body += bytes[data..<data + size]
            position = data + size + 2
        }
        return nil
    }

    private func find(_ pattern: [UInt8], from position: Int) -> Int? {
        guard bytes.count >= position + pattern.count else { return nil }
        return (position...bytes.count - pattern.count).first { index in
            bytes[index] == pattern[0] && bytes[index..<index + pattern.count].elementsEqual(pattern)
        }
    }
}
