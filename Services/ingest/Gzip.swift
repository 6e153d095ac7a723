internal import CZlib

/// Inflates gzip bodies under a limit, so that a small body cannot become a large one in memory.
enum Gzip {
    enum Failure: Error, Equatable {
        /// The bytes are no complete gzip stream.
        case malformed
        /// The content is larger than the limit.
        case tooLarge
    }

    /// The content of a gzip stream; several members in a row are one content (RFC 1952 §2.2).
    ///
    /// - Parameters:
    ///   - bytes: The compressed body.
    ///   - limit: Bytes of content at most; memory use stays below twice of it.
    /// - Returns: The content.
    /// - Throws: `Failure`, as soon as the limit is passed or a byte does not fit.
    static func inflate(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        let windowBits = 15 + 16  // 32 KiB window, gzip header wanted: zlib.h, inflateInit2
        guard
            inflateInit2_(&stream, Int32(windowBits), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { throw .malformed }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        var failure: Failure?
        input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            failure = inflateAll(&stream, into: &output, through: &chunk, limit: limit)
        }
        if let failure { throw failure }
        return output
    }

    private static func inflateAll(
        _ stream: inout z_stream,
        into output: inout [UInt8],
        through chunk: inout [UInt8],
        limit: Int
    ) -> Failure? {
        while true {
            let (status, produced) = chunk.withUnsafeMutableBufferPointer { target in
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                return (status, target.count - Int(stream.avail_out))
            }
            output.append(contentsOf: chunk[..<produced])
            guard output.count <= limit else { return .tooLarge }
            switch status {
            case Z_STREAM_END where stream.avail_in == 0: return nil
            case Z_STREAM_END:
                guard inflateReset(&stream) == Z_OK else { return .malformed }
            case Z_OK: continue
            default: return .malformed
            }
        }
    }
}
