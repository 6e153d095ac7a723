import FoundationEssentials
import LocalServers

/// Lends a running OpenID Connect provider that other people wrote, and that signs anybody in.
///
/// `body` is given the issuer's URL.
package func withOpenIDProvider<Result>(_ body: (_ issuer: String) async throws -> Result) async throws -> Result {
    let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })
    let python = "\(root)/.build/test-tools/bin/python3"
    guard FileManager.default.isExecutableFile(atPath: python) else {
        throw OpenIDServerFailure(
            description: "Scripts/test-tools, which `./oliver test` runs, installs what is missing"
        )
    }
    return try await withScratchFolder { folder in
        let portFile = "\(folder)/port"
        let program = SupervisedProgram(
            python,
            ["\(root)/Scripts/openid-provider.py", "--port-file", portFile],
            environment: [:],
            log: "\(folder)/log"
        )
        try program.start()
        let deadline = ContinuousClock.now + .seconds(60)
        do {
            while true {
                if let port = try? String(contentsOf: URL(filePath: portFile), encoding: .utf8) {
                    let result = try await body("http://localhost:\(port)")
                    await program.kill9()
                    return result
                }
                guard program.isRunning, ContinuousClock.now < deadline else {
                    throw OpenIDServerFailure(description: "the provider did not start: \(program.output())")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        } catch {
            await program.kill9()
            throw error
        }
    }
}

/// Why there is no provider.
package struct OpenIDServerFailure: Error, CustomStringConvertible {
    package let description: String
}
