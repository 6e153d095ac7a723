internal import ArgumentParser
internal import Directory
internal import Domain
internal import ServiceRuntime

/// The audit log: who did what.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Shows who did what, and checks that the log is whole.",
        subcommands: [List.self, Verify.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists entries, the newest first.")

        @OptionGroup var installation: InstallationOptions

        @Option(help: "The workspace; without it all, and the installation's own entries.")
        var workspace: String?

        @Option(help: "The id of a key or a person.")
        var actor: String?

        @Option(help: "An action like budget.create, or all of a kind: budget.")
        var action: String?

        @Option(help: "The id of what was changed.")
        var target: String?

        @Option(help: "How many entries, 1 to 1000.")
        var limit = 50

        @Flag(help: "Print one JSON document for each entry, with what was before and after.")
        var json = false

        func validate() throws {
            guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be 1 to 1000.") }
        }

        func run() async throws {
            let query = AuditQuery(
                workspaces: workspace.map { [$0] },
                actor: actor,
                action: action,
                target: target
            )
            let records = try await Installation.use(installation) { installation in
                try await AuditLog(pool: installation.postgres).page(query, limit: limit)
            }
            guard !json else {
                for record in records {
                    var writer = JSONWriter()
                    record.write(to: &writer)
                    print(String(decoding: writer.bytes, as: UTF8.self))
                }
                return
            }
            let header = ["TIME", "WORKSPACE", "WHO", "ACTION", "TARGET", "FROM"]
            let rows = records.map { record in
                [
                    record.at.rfc3339, record.workspace ?? "(installation)", record.author.name ?? record.author.id,
                    record.action, record.targetID, record.author.address ?? "",
                ]
            }
            print(TextTable([header] + rows).text)
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Computes the chains of hashes again; exits 1 when an entry was altered, moved or is missing.",
            discussion: """
                Keep the head that is printed elsewhere, and give it to a later check: then a log is found too whose end was
                cut off and whose chain was sealed anew.

                  oliver audit verify --workspace acme --expect 42:9f86d0…
                """
        )

        @OptionGroup var installation: InstallationOptions

        @Option(help: "The workspace; without it all chains, the installation's too.")
        var workspace: String?

        @Option(help: "An entry that must be there, as NUMBER:HASH, of the workspace's chain.")
        var expect: String?

        @Flag(help: "Print one JSON document for each chain.")
        var json = false

        func validate() throws {
            guard let expect else { return }
            guard workspace != nil, Self.position(expect) != nil else {
                throw ValidationError("--expect is NUMBER:HASH, beside --workspace.")
            }
        }

        private static func position(_ text: String) -> AuditPosition? {
            let parts = text.split(separator: ":")
            guard parts.count == 2, let sequence = Int64(parts[0]) else { return nil }
            return AuditPosition(sequence: sequence, hash: String(parts[1]))
        }

        func run() async throws {
            let found = try await Installation.use(installation) { installation in
                let log = AuditLog(pool: installation.postgres)
                var found: [AuditVerification] = []
                let chains: [String?] = if let workspace { [workspace] } else { try await log.chains() }
                for chain in chains {
                    found.append(try await log.verify(chain, expecting: expect.flatMap(Self.position)))
                }
                return found
            }
            for verification in found { print(json ? verification.json : verification.line) }
            if found.contains(where: { $0.flaw != nil }) { throw ExitCode.failure }
        }
    }
}

extension AuditVerification {
    fileprivate var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    fileprivate var line: String {
        let name = workspace ?? "(installation)"
        if let flaw { return "\(name): NOT WHOLE: \(flaw.description)" }
        let erased = erasedValues == 0 ? "" : ", \(erasedValues) values erased"
        return "\(name): \(entries) entries, whole\(erased); head \(head.map { "\($0.sequence):\($0.hash)" } ?? "none")"
    }
}
