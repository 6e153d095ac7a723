import FoundationEssentials
import LocalServers
import Synchronization

/// A mail that a test's server took, as Python's mail parser reads it.
package struct ReceivedMail: Sendable, Decodable {
    /// The envelope.
    package let from: String
    package let to: [String]
    /// Who logged in.
    package let user: String?
    /// Whether the connection was encrypted.
    package let tls: Bool
    package let subject: String
    package let sender: String
    package let recipients: String
    package let messageID: String
    /// The names of the fields of the head.
    package let headers: [String]
    package let date: String?
    package let text: String
    package let html: String
    /// What the parser found wrong.
    package let defects: [String]
    package let longestLine: Int

    private enum CodingKeys: String, CodingKey {
        case from, to, user, tls, subject, sender, recipients, headers, date, text, html, defects
        case messageID = "message_id"
        case longestLine = "longest_line"
    }
}

/// A real SMTP server for tests, which may be killed and started again at the same place.
package final class MailServer: Sendable {
    /// How connections are encrypted.
    package enum Security: String, Sendable {
        case starttls, tls, none
    }

    private struct State {
        var program: SupervisedProgram?
        var port = 0
    }

    private let folder: String
    private let security: Security
    private let password: String?
    private let state = Mutex(State())

    init(folder: String, security: Security, password: String?) {
        self.folder = folder
        self.security = security
        self.password = password
    }

    /// For `OLIVER_ALERTS_SMTP_URL`.
    package var url: String {
        let login = password.map { "oliver:\(Self.encoded($0))@" } ?? ""
        return "\(security == .tls ? "smtps" : "smtp")://\(login)127.0.0.1:\(state.withLock { $0.port })"
    }

    /// The file of the certificate to trust.
    package var authorities: String { "\(folder)/cert.pem" }

    /// Starts the server and waits until it listens.
    package func start() async throws {
        let python = try Self.python()
        let port = state.withLock { $0.port }
        let login = password.map { ["--user", "oliver", "--password", $0] } ?? []
        let program = SupervisedProgram(
            python,
            ["\(Self.root)/Scripts/mail-server.py", "--folder", folder, "--port", "\(port)"]
                + ["--security", security.rawValue] + login,
            environment: [:],
            log: "\(folder)/log"
        )
        let portFile = "\(folder)/port"
        try? FileManager.default.removeItem(atPath: portFile)
        try program.start()
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            if let text = try? String(contentsOf: URL(filePath: portFile), encoding: .utf8), let port = Int(text) {
                state.withLock { $0 = State(program: program, port: port) }
                return
            }
            guard program.isRunning, ContinuousClock.now < deadline else {
                await program.kill9()
                throw MailServerFailure(description: "the mail server did not start: \(program.output())")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Kills the server with SIGKILL.
    package func kill9() async {
        await state.withLock { $0.program }?.kill9()
    }

    /// What it took, in order.
    package func mails() throws -> [ReceivedMail] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/mails").sorted()
        return try names.filter { $0.hasSuffix(".json") }.map { name in
            let data = try Data(contentsOf: URL(filePath: "\(folder)/mails/\(name)"))
            return try JSONDecoder().decode(ReceivedMail.self, from: data)
        }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        }.joined()
    }

    private static let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })

    private static func python() throws -> String {
        let path = "\(root)/.build/test-tools/bin/python3"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw MailServerFailure(
                description: "Scripts/test-tools, which `./oliver test` runs, installs what is missing"
            )
        }
        return path
    }
}

/// Why there is no mail server.
package struct MailServerFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Lends a running mail server of its own.
package func withMailServer<Result>(
    security: MailServer.Security = .starttls,
    password: String? = "s3cr%t:x@y",
    _ body: (MailServer) async throws -> Result
) async throws -> Result {
    try await withScratchFolder { folder in
        let server = MailServer(folder: folder, security: security, password: password)
        try await server.start()
        do {
            let result = try await body(server)
            await server.kill9()
            return result
        } catch {
            await server.kill9()
            throw error
        }
    }
}
