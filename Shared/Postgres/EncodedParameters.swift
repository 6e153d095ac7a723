/// A statement's parameters as libpq takes them: one buffer, and where each value lies in it.
struct EncodedParameters: Sendable {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// - Throws: `PostgresError` with code `invalidValue` for a text with a NUL, which PostgreSQL cannot hold, and for
    ///   more parameters than a statement can have.
    init(_ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= Int(Int16.max) else {
            throw PostgresError(.invalidValue, "\(values.count) parameters: a statement takes at most 32,767")
        }
        for (index, value) in values.enumerated() {
            let start = bytes.count
            switch value.storage {
            case .null: break
            case .integer(let number): bytes.append(contentsOf: String(number).utf8)
            case .binary(let data): bytes.append(contentsOf: data)
            case .text(let text):
                bytes.append(contentsOf: text.utf8)
                // libpq would cut the text there.
                if bytes[start...].contains(0) {
                    throw PostgresError(.invalidValue, "parameter $\(index + 1) holds a NUL character")
                }
            }
            append(value, start: start)
        }
    }

    private mutating func append(_ value: PostgresValue, start: Int) {
        lengths.append(Int32(clamping: bytes.count - start))
        var isBinary = false
        var isNull = false
        switch value.storage {
        case .binary: isBinary = true
        case .null: isNull = true
        default: break
        }
        offsets.append(isNull ? nil : start)
        formats.append(isBinary ? 1 : 0)
        bytes.append(0)
    }

    /// Lends the arrays that `PQsendQueryPrepared` wants.
    func withPointers<Value>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Value
    ) -> Value {
        unsafe bytes.withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = unsafe offsets.map { offset in unsafe offset.flatMap { unsafe base?.advanced(by: $0) } }
            return unsafe pointers.withUnsafeBufferPointer { values in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(
                            Int32(offsets.count),
                            values.baseAddress,
                            lengths.baseAddress,
                            formats.baseAddress
                        )
                    }
                }
            }
        }
    }
}
