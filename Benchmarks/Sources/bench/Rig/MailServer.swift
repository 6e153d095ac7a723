import FoundationEssentials
import Glibc

/// The mail server of the tests, a real one: it keeps what it takes as files that are named by the time.
final class MailServer {
    private let folder = "\(Scratch.path)/mail"
    private let child: Child
    let port: Int

    init(_ programs: Programs) throws {
        mkdir(folder, 0o700)
        child = try Child(
            [programs.python, programs.mailServer, "--folder", folder, "--security", "none"],
            output: "\(Scratch.path)/mail.log"
        )
        let deadline = Clock.now + 20
        while true {
            if let text = Files.read("\(folder)/port"), let port = Int(text) {
                self.port = port
                return
            }
            guard child.isRunning, Clock.now < deadline else {
                child.stop()
                throw BenchError("the mail server does not start: \(Files.read("\(Scratch.path)/mail.log") ?? "")")
            }
            usleep(10_000)
        }
    }

    /// When each recipient's first mail was taken, in nanoseconds since 1970.
    func arrivals() throws -> [String: Int64] {
        struct Mail: Decodable { let to: [String] }
        var arrivals: [String: Int64] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/mails") where !name.hasPrefix(".") {
            guard let time = name.split(separator: "-").first.flatMap({ Int64($0) }),
                let text = Files.read("\(folder)/mails/\(name)")
            else { throw BenchError("the mail server left \(name)") }
            for recipient in try JSONDecoder().decode(Mail.self, from: Data(text.utf8)).to {
                arrivals[recipient] = min(arrivals[recipient] ?? .max, time)
            }
        }
        return arrivals
    }

    func stop() { child.stop() }
}
