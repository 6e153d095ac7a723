import FoundationEssentials
import LocalServers

/// An OpenID Connect provider that other people wrote.
package enum OpenIDServer: Sendable {
    /// Signs anybody in who asks.
    case mock
    /// Has a database of people, passwords and what they agreed to.
    case glewlwyd
}

/// Lends a running OpenID Connect provider.
///
/// `body` is given the issuer's URL.
package func withOpenIDProvider<Result>(
    _ server: OpenIDServer = .mock,
    _ body: (_ issuer: String) async throws -> Result
) async throws -> Result {
    let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })
    let python = "\(root)/.build/test-tools/bin/python3"
    let glewlwyd = "\(root)/.build/glewlwyd"
    let needed = server == .mock ? [python] : [python, "\(glewlwyd)/usr/bin/glewlwyd"]
    guard needed.allSatisfy({ FileManager.default.isExecutableFile(atPath: $0) }) else {
        throw OpenIDServerFailure(description: "`./oliver test` installs what is missing")
    }
    return try await withScratchFolder { folder in
        let issuerFile = "\(folder)/issuer"
        let arguments =
            switch server {
            case .mock: ["\(root)/Scripts/openid-provider.py"]
            case .glewlwyd: ["\(root)/Scripts/glewlwyd-provider.py", "--installation", glewlwyd]
            }
        let program = SupervisedProgram(
            python,
            arguments + ["--issuer-file", issuerFile],
            environment: [:],
            log: "\(folder)/log"
        )
        try program.start()
        let deadline = ContinuousClock.now + .seconds(60)
        do {
            while true {
                if let issuer = try? String(contentsOf: URL(filePath: issuerFile), encoding: .utf8) {
                    let result = try await body(issuer)
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
