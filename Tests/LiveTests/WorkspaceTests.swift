import LocalServers
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct WorkspaceTests {
        @Test(.timeLimit(.minutes(3)))
        func `settings of a workspace are changed from the command line, and wrong ones change nothing`() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.makeKey("settings", workspace: "acme")
                let given = ["--fail-mode", "closed", "--unpriced-mode", "allow", "--time-zone", "Asia/Kathmandu"]
                let changed = try await cluster.oliver(["workspaces", "set", "acme"] + given)
                #expect(changed.status == .exited(0), "\(changed.output)")
                for wrong in [["--fail-mode", "ajar"], ["--time-zone", "Mars/Olympus"], ["--week-start", "8"]] {
                    let refused = try await cluster.oliver(["workspaces", "set", "acme"] + wrong)
                    #expect(refused.status != .exited(0), "\(wrong): \(refused.output)")
                }
                let unknown = try await cluster.oliver("workspaces", "set", "nobody", "--name", "x")
                #expect(unknown.status != .exited(0) && unknown.output.contains("nobody"), "\(unknown.output)")
                let list = try await cluster.oliver("workspaces", "list").output
                let line = list.split(separator: "\n").first { $0.hasPrefix("acme") } ?? ""
                for word in ["closed", "allow", "Asia/Kathmandu", "day 1"] {
                    #expect(line.contains(word), "\(list)")
                }
            }
        }
    }
}
