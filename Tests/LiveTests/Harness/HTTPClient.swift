import BlockingExecutor

/// A client with one connection, which it keeps open between requests and opens again after a failure.
actor HTTPClient {
    /// Why there is no answer.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// Whether the server may have seen the request and acted on it.
        let mayHaveArrived: Bool
    }

    private struct Connection {
        let socket: RawSocket
        var reader = AnswerReader()
    }

    private let executor = BlockingExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let port: Int
    private let patience: Duration
    private var connection: Connection?

    /// Makes a client of a loopback port; `patience` is how long it waits for one read or write.
    init(port: Int, patience: Duration = .seconds(30)) {
        self.port = port
        self.patience = patience
    }

    /// Sends a request and waits for its answer.
    func send(_ request: HTTPRequest) throws(Failure) -> HTTPAnswer {
        let open = try connect()
        connection = nil
        var (current, answer) = try exchange(request, over: open)
        if answer.headers["connection"]?.lowercased() != "close" {
            current.reader.append([])
            connection = current
        }
        return answer
    }

    private func connect() throws(Failure) -> Connection {
        if let connection { return connection }
        do throws(RawSocket.Failure) {
            return Connection(socket: try RawSocket(port: port, patience: patience))
        } catch {
            throw Failure(description: error.description, mayHaveArrived: false)
        }
    }

    private func exchange(
        _ request: HTTPRequest,
        over connection: Connection
    ) throws(Failure) -> (Connection, HTTPAnswer) {
        var connection = connection
        var interruption: RawSocket.Failure?
        do throws(RawSocket.Failure) {
            try connection.socket.send(request.bytes)
        } catch {
            // A server may refuse a body before it has read all of it: then its answer says why.
            interruption = error
        }
        do throws(RawSocket.Failure) {
            while true {
                let bytes = try connection.socket.receive()
                connection.reader.append(bytes)
                if let answer = try connection.reader.next(isAtEnd: bytes.isEmpty) { return (connection, answer) }
                if bytes.isEmpty { throw RawSocket.Failure(description: "closed without an answer") }
            }
        } catch {
            throw Failure(description: (interruption ?? error).description, mayHaveArrived: true)
        }
    }
}
