import FoundationEssentials
import Glibc

extension Cluster {
    /// Stops a service as a paused machine does: it keeps its connections and does nothing.
    func freeze(_ service: ServiceName) throws { try signal(service, SIGSTOP) }

    /// Lets a frozen service go on as if nothing had happened.
    func thaw(_ service: ServiceName) throws { try signal(service, SIGCONT) }

    private func signal(_ service: ServiceName, _ number: Int32) throws {
        guard let identifier = process(of: service), Glibc.kill(identifier, number) == 0 else {
            throw TookTooLong(description: "no process of \(service.rawValue) to signal")
        }
    }

    /// The process that runs the service's executable with this cluster's port.
    private func process(of service: ServiceName) -> pid_t? {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return numbers.compactMap { pid_t($0) }.first { number in
            let command = strings(of: number, in: "cmdline").first ?? ""
            return command.hasSuffix("/\(service.rawValue)")
                && strings(of: number, in: "environ").contains("OLIVER_PORT=\(port(of: service))")
        }
    }

    private func strings(of process: pid_t, in file: String) -> [String] {
        guard let data = try? Data(contentsOf: URL(filePath: "/proc/\(process)/\(file)")) else { return [] }
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
