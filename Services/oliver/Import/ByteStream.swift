/// Bytes that come in pieces and are read one after the other, so that no more than a piece is held.
struct ByteStream {
    /// The bytes up to a line feed, or as many of them as were wanted.
    struct Line {
        var bytes: [UInt8] = []
        /// Whether the line was longer; the rest of it is skipped.
        var isCut = false
    }

    private var piece: [UInt8]
    private var index = 0
    /// Gives the next piece; an empty one at the end.
    private let refill: () -> [UInt8]

    /// Bytes that are there already.
    init(_ bytes: [UInt8]) {
        piece = bytes
        refill = { [] }
        skipMark()
    }

    /// Bytes that come.
    init(refill: @escaping () -> [UInt8]) {
        piece = refill()
        self.refill = refill
        skipMark()
    }

    /// What some programs put in front of UTF-8.
    private mutating func skipMark() {
        if piece.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// The first byte of the content that is no white space, if it is in the first piece.
    var firstVisible: UInt8? {
        piece[index...].first { $0 > 0x20 }
    }

    /// The next byte; nil at the end.
    var first: UInt8? {
        mutating get {
            if index == piece.count {
                piece = refill()
                index = 0
            }
            return index < piece.count ? piece[index] : nil
        }
    }

    /// Steps over the next byte, when it is this one.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard first == byte else { return false }
        index += 1
        return true
    }

    /// Takes the next byte.
    mutating func popFirst() -> UInt8? {
        guard let byte = first else { return nil }
        index += 1
        return byte
    }

    /// Takes the next line, without its line feed; nil at the end.
    mutating func line(limit: Int) -> Line? {
        guard first != nil else { return nil }
        var line = Line()
        while first != nil {
            let end = piece[index...].firstIndex(of: UInt8(ascii: "\n")) ?? piece.count
            let room = limit - line.bytes.count
            line.isCut = line.isCut || end - index > room
            line.bytes += piece[index..<min(end, index + room)]
            index = end
            if skip(UInt8(ascii: "\n")) { break }
        }
        return line
    }

    /// Takes all that is left; nil when that is more than wanted.
    mutating func rest(limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while first != nil {
            bytes += piece[index...]
            index = piece.count
            guard bytes.count <= limit else { return nil }
        }
        return bytes
    }
}
