internal import CPostgres
internal import Glibc

/// Getting rows as text.
extension Session {
    /// Starts a `COPY … TO STDOUT`.
    func startCopyOut(_ text: String) throws {
        let start = try execute(text)
        guard start.status == PGRES_COPY_OUT else {
            throw PostgresError(.protocolViolation, "the statement is no COPY TO STDOUT")
        }
        isCopyingOut = true
    }

    /// The next rows, at least so many bytes unless they are the last; `nil` after the end.
    func nextPiece(_ size: Int) throws -> [UInt8]? {
        guard isCopyingOut else { return nil }
        var piece: [UInt8] = []
        piece.reserveCapacity(size + 4_096)
        while piece.count < size {
            guard try appendRow(to: &piece) else {
                isCopyingOut = false
                _ = try results()
                break
            }
        }
        return piece.isEmpty ? nil : piece
    }

    /// Tells the server to stop and reads what is still on its way.
    func abandonCopyOut() throws {
        stopStatement()
        var rest: [UInt8] = []
        while try appendRow(to: &rest) { rest.removeAll(keepingCapacity: true) }
        isCopyingOut = false
        while try nextResult() != nil {}
    }

    /// Appends the next row; false at the end.
    private func appendRow(to piece: inout [UInt8]) throws -> Bool {
        while true {
            var row: UnsafeMutablePointer<CChar>?
            let length = unsafe PQgetCopyData(connection, &row, 1)
            defer { unsafe PQfreemem(row) }
            switch length {
            case 1...:
                unsafe piece.append(contentsOf: UnsafeRawBufferPointer(start: row, count: Int(length)))
                return true
            case 0:
                try wait(for: POLLIN)
                guard unsafe PQconsumeInput(connection) == 1 else { throw lastError }
            case -1: return false
            default: throw lastError
            }
        }
    }
}
