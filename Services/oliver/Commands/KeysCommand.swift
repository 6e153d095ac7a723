internal import Access
internal import ArgumentParser
internal import Backends
internal import Directory
internal import Domain
internal import Postgres
internal import ServiceRuntime

/// API keys: the programs that may post, ask and read.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Makes, lists, rotates and revokes API keys.",
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self]
    )
}

extension KeysCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a key and prints it, once.",
            discussion: "Scopes: \(Scopes.named.map(\.name).joined(separator: ", "))."
        )

        @OptionGroup var installation: InstallationOptions

        @Option(help: "What people call the key.")
        var name: String

        @Option(help: "The program that the key belongs to.")
        var sourceApp: String

        @Option(help: "The only workspace the key may touch; made when there is none. Without it: all workspaces.")
        var workspace: String?

        @Option(help: "What the key may do, separated by commas.")
        var scopes = "record,preflight,upsert"

        @Flag(help: "Print one JSON document.")
        var json = false

        func validate() throws {
            guard Scopes(names: scopeNames) != nil else {
                throw ValidationError("Unknown scope in '\(scopes)'. \(Self.configuration.discussion)")
            }
        }

        private var scopeNames: [String] {
            scopes.split(separator: ",").map { $0.filter { $0 != " " } }
        }

        func run() async throws {
            try await Installation.use(installation) { installation in
                let store = PostgresDirectoryStore(pool: installation.postgres)
                if let workspace { try await store.ensure(workspace) }
                let made = try await KeyAdministration(store: store).create(
                    name: name,
                    scopes: Scopes(names: scopeNames) ?? .standard,
                    workspace: workspace,
                    sourceApp: sourceApp,
                    createdBy: .atCommandLine
                )
                print(json ? Self.json(made.key, raw: made.raw) : made.raw.text)
            }
        }

        fileprivate static func json(_ key: APIKey, raw: RawKey) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("key", raw.text)
            key.writeMembers(to: &writer)
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all keys, the newest first.")

        @OptionGroup var installation: InstallationOptions

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            try await Installation.use(installation) { installation in
                let keys = try await PostgresDirectoryStore(pool: installation.postgres).keys()
                if json { return print(Self.json(keys)) }
                let rows = keys.map { key in
                    [
                        key.id, key.prefix + "…", key.name, key.sourceApp, key.workspace ?? "(all)",
                        key.scopes.names.joined(separator: ","), key.lastUsedAt?.rfc3339 ?? "never",
                        key.revokedAt == nil ? "active" : "revoked",
                    ]
                }
                let header = ["ID", "KEY", "NAME", "SOURCE APP", "WORKSPACE", "SCOPES", "LAST USED", "STATE"]
                print(TextTable([header] + rows).text)
            }
        }

        private static func json(_ keys: [APIKey]) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("items")
            writer.beginArray()
            for key in keys {
                writer.beginObject()
                key.writeMembers(to: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a key another secret and prints it, once; the id and all else stay.",
            discussion: "The old secret is good until the grace ends: time to tell the program the new one."
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The key's id, as `oliver keys list` shows it.")
        var id: String

        @Option(help: "How many seconds the old secret is good, 0 to 2592000.")
        var graceSeconds = 86_400

        @Flag(help: "Print one JSON document.")
        var json = false

        func validate() throws {
            guard (0...2_592_000).contains(graceSeconds) else {
                throw ValidationError("--grace-seconds must be 0 to 2592000.")
            }
        }

        func run() async throws {
            try await Installation.use(installation) { installation in
                let administration = KeyAdministration(store: PostgresDirectoryStore(pool: installation.postgres))
                let made = try await administration.rotate(
                    id: id,
                    grace: .seconds(graceSeconds),
                    by: .atCommandLine
                )
                print(json ? Create.json(made.key, raw: made.raw) : made.raw.text)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revokes a key for ever; every replica refuses it within a second."
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The key's id, as `oliver keys list` shows it.")
        var id: String

        func run() async throws {
            try await Installation.use(installation) { installation in
                let administration = KeyAdministration(
                    store: PostgresDirectoryStore(pool: installation.postgres),
                    revocations: RedisRevocationFeed(redis: installation.redis)
                )
                let key = try await administration.revoke(id: id, by: .atCommandLine)
                print("\(key.id) (\(key.name)) is revoked.")
            }
        }
    }
}

extension APIKey {
    /// Writes everything but the key.
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("prefix", prefix)
        writer.member("name", name)
        writer.member("source_app", sourceApp)
        writer.key("workspace")
        if let workspace { writer.string(workspace) } else { writer.null() }
        writer.key("scopes")
        writer.beginArray()
        for scope in scopes.names { writer.string(scope) }
        writer.endArray()
        writer.member("created_at", createdAt.rfc3339)
        writer.member("created_by", createdBy)
        for (name, time) in [
            ("last_used_at", lastUsedAt), ("expires_at", expiresAt), ("revoked_at", revokedAt),
            ("rotated_at", rotatedAt), ("grace_until", graceUntil),
        ] {
            writer.key(name)
            if let time { writer.string(time.rfc3339) } else { writer.null() }
        }
    }
}

extension PostgresDirectoryStore {
    /// Makes a workspace unless it is there, and says so.
    func ensure(_ workspace: String) async throws {
        do {
            try await create(Workspace(id: workspace, createdAt: SystemWallClock().now), by: .atCommandLine)
            printError("The workspace '\(workspace)' is new and was made.")
        } catch let error as DirectoryError where error.code == .conflict {
            return
        }
    }
}
