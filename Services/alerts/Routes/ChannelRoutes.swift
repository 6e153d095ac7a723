package import Access
package import Crypto
internal import Domain
package import Hummingbird
package import ServiceRuntime
internal import Wire

/// `/v1/channels`: where alerts go beside the recipients of budgets.
package struct ChannelRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any AlertStore
    private let channels: ChannelCache
    private let courier: Courier
    private let key: SymmetricKey
    private let hasWorkspace: @Sendable (String) async -> Bool
    private let clock: any WallClock

    private static let bodyLimit = 16 << 10
    private static let path = "/v1/channels"

    /// - Parameters:
    ///   - authenticator: Finds out who asks.
    ///   - store: Where channels are kept.
    ///   - channels: The copy that deliveries use.
    ///   - courier: Delivers tests.
    ///   - key: What webhooks' secrets are made from.
    ///   - hasWorkspace: Whether there is a workspace with an id.
    ///   - clock: The present.
    package init(
        authenticator: Authenticator,
        store: any AlertStore,
        channels: ChannelCache,
        courier: Courier,
        key: SymmetricKey,
        hasWorkspace: @escaping @Sendable (String) async -> Bool,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.store = store
        self.channels = channels
        self.courier = courier
        self.key = key
        self.hasWorkspace = hasWorkspace
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.post(RouterPath(Self.path), use: create)
        let one = RouterPath(Self.path + "/:id")
        router.get(one) { request, context in
            Self.answer(try await find(request, context, needing: .read).channel)
        }
        router.patch(one, use: edit)
        router.delete(one, use: remove)
        router.post(RouterPath(Self.path + "/:id/test"), use: test)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["workspace"])
        let workspaces = try caller.listed(query["workspace"])
        let start = try query.place()
        let found = try await store.channels()
            .filter { channel in workspaces.map { channel.workspace.map($0.contains) ?? false } ?? true }
            .map { (cursor: AgeCursor(createdAt: $0.createdAt, id: $0.id), channel: $0) }
            .filter { item in start.map { $0 < item.cursor } ?? true }
            .sorted { $0.cursor < $1.cursor }
        return query.answer(found, cursor: { $0.cursor.text }) { $0.write($1.channel) }
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .channels)
        let body = try await request.decodeJSON(ChannelBody.self, limit: Self.bodyLimit)
        let workspace = try caller.named(body.workspace)
        if let workspace, await !hasWorkspace(workspace) {
            throw Problem.invalid("workspace", code: "unknown_value", detail: "there is no such workspace")
        }
        guard let kind = body.kind.flatMap(ChannelKind.init(rawValue:)) else {
            let words = ChannelKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.invalid("kind", code: "unknown_value", detail: "must be one of \(words)")
        }
        let now = clock.now
        let channel = Channel(
            id: RawKey.makeID(prefix: "chn_"),
            workspace: workspace,
            name: body.name ?? "",
            kind: kind,
            target: body.target ?? "",
            events: try body.alertKinds() ?? [],
            createdAt: now,
            createdBy: caller.id
        )
        try Self.check(channel)
        try await store.create(channel, by: caller.author(in: context))
        channels.forget()
        let secret = kind == .webhook ? SigningSecret(key: key, channel: channel.id).shown : nil
        return Self.answer(channel, secret: secret, isNew: true)
    }

    private func edit(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        var (channel, caller) = try await find(request, context, needing: .channels)
        let body = try await request.decodeJSON(ChannelBody.self, limit: Self.bodyLimit)
        if body.kind != nil || body.workspace != nil {
            let field = body.kind == nil ? "workspace" : "kind"
            throw Problem.invalid(field, code: "immutable", detail: "cannot be changed: make another channel")
        }
        channel.name = body.name ?? channel.name
        channel.target = body.target ?? channel.target
        channel.events = try body.alertKinds() ?? channel.events
        channel.version += 1
        channel.updatedAt = clock.now
        try Self.check(channel)
        try await store.update(channel, by: caller.author(in: context))
        channels.forget()
        return Self.answer(channel)
    }

    private func remove(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (channel, caller) = try await find(request, context, needing: .channels)
        try await store.removeChannel(channel.id, by: caller.author(in: context), at: clock.now)
        channels.forget()
        return Response(status: .noContent)
    }

    /// Delivers a test at once; the answer says how that went.
    private func test(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (channel, _) = try await find(request, context, needing: .channels)
        let now = clock.now
        let alert = Alert(
            id: 0,
            subject: .notice(
                id: "test",
                kind: .other,
                title: "This is a test of the channel \(channel.name)",
                facts: [.init("channel", channel.name)]
            ),
            workspace: channel.workspace,
            happenedAt: now,
            createdAt: now,
            state: .pending
        )
        let result = try await courier.deliver(
            MessageID.make(),
            telling: [alert],
            to: channel.destination,
            of: channel,
            created: now
        )
        switch result {
        case .sent(let answer): return .json(["delivered": true, "detail": .string(answer)])
        case .failed(let message, _, _): return .json(["delivered": false, "detail": .string(message)])
        }
    }

    /// The channel of a request, when its caller may know of it; a bound key knows only its workspace's.
    private func find(
        _ request: Request,
        _ context: OliverRequestContext,
        needing permission: Permission
    ) async throws -> (channel: Channel, caller: Caller) {
        let id = context.parameters.get("id")
        let caller = try await authenticator.caller(of: request, needing: permission)
        let found = try await store.channels().first { $0.id == id }
        guard let found, caller.reaches(found.workspace) else {
            throw Problem.notFound("There is no such channel.")
        }
        return (found, caller)
    }

    private static func check(_ channel: Channel) throws(Problem) {
        let faults =
            ChannelRules.faults(name: channel.name) + ChannelRules.faults(target: channel.target, of: channel.kind)
        guard faults.isEmpty else { throw .invalid(faults) }
    }

    private static func answer(_ channel: Channel, secret: String? = nil, isNew: Bool = false) -> Response {
        var writer = JSONWriter(reserving: 512)
        writer.write(channel, secret: secret)
        return .json(
            writer,
            status: isNew ? .created : .ok,
            headers: isNew ? [.location: "\(path)/\(channel.id)"] : [:]
        )
    }
}
