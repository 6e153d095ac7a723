package import Access
internal import Domain
package import Hummingbird
internal import PriceBook
package import PriceDesk
package import ServiceRuntime

/// What prices there are, and were: from this replica's copy, so that it answers while PostgreSQL is away.
package struct PriceRoutes: Sendable {
    /// The key of the price map that a model's name resolves to, if any.
    package typealias Resolve = @Sendable (_ provider: String, _ model: String) -> String?

    private let authenticator: Authenticator
    private let cache: PriceCache
    private let resolve: Resolve
    private let clock: any WallClock

    private static let path = "/v1/prices/"

    package init(
        authenticator: Authenticator,
        cache: PriceCache,
        resolve: @escaping Resolve,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.cache = cache
        self.resolve = resolve
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/prices") { request, _ in try await list(request) }
        // Names of models have slashes.
        router.get("/v1/prices/:provider/**") { request, _ in try await history(request) }
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["search", "provider", "source", "mode"])
        let filter = try PriceFilter(query)
        let start = try query.after.map { text throws(Problem) in
            guard let cursor = PriceCursor(text, searching: filter.search) else { throw ListRequest.badCursor }
            return cursor
        }
        let now = clock.now
        let found = cache.current.stored.filter { price in
            price.holds(at: now) && price.isVisible(to: caller) && filter.matches(price)
        }
        let sorted = found.map { (cursor: PriceCursor($0, searching: filter.search), price: $0) }
            .filter { item in start.map { $0 < item.cursor } ?? true }
            .sorted { $0.cursor < $1.cursor }
        return query.answer(sorted, cursor: { $0.cursor.text }) { $0.write($1.price) }
    }

    private func history(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        guard let name = Self.name(in: request.uri.path) else {
            throw Problem.notFound("Prices are found by provider and model.")
        }
        let exact = "\(name.provider)/\(name.model)"
        let key = resolve(name.provider, name.model)
        let versions = cache.current.stored.filter { price in
            guard price.isVisible(to: caller) else { return false }
            switch price.version.source {
            case .override, .catalogue: return price.entry.key.lowercased() == exact.lowercased()
            case .litellm, .reported:
                // What no longer resolves is found under its own name.
                let isOwn = price.entry.key == name.model && price.entry.provider == name.provider.lowercased()
                return price.entry.key == key || price.entry.key == exact || isOwn
            }
        }
        guard !versions.isEmpty else { throw Problem.notFound("There is no price of this model.") }
        var writer = JSONWriter(reserving: 512 * versions.count + 128)
        writer.beginObject()
        writer.member("provider", name.provider)
        writer.member("model", name.model)
        writer.key("key")
        writer.optional(key)
        writer.key("versions")
        writer.beginArray()
        for price in versions.sorted(by: Self.isShownBefore) { writer.write(price) }
        writer.endArray()
        writer.endObject()
        return .json(writer)
    }

    /// What goes before in pricing comes first, then what is newer.
    private static func isShownBefore(_ left: StoredPrice, _ right: StoredPrice) -> Bool {
        let (a, b) = (left.version, right.version)
        if a.source != b.source { return a.source.rawValue > b.source.rawValue }
        return a.id > b.id
    }

    /// The provider and the model of a path, which may be percent-encoded.
    private static func name(in path: String) -> (provider: String, model: String)? {
        guard path.hasPrefix(Self.path) else { return nil }
        let rest = path.dropFirst(Self.path.count)
        guard
            let slash = rest.firstIndex(of: "/"),
            let provider = percentDecoded(rest[..<slash]),
            let model = percentDecoded(rest[rest.index(after: slash)...]),
            !provider.isEmpty, !model.isEmpty
        else { return nil }
        return (provider, model)
    }
}

/// What a list of prices is narrowed to.
private struct PriceFilter {
    /// In lower case.
    let search: String?
    let provider: String?
    let source: PriceSource?
    let mode: String?

    init(_ query: ListRequest) throws(Problem) {
        search = query["search"]?.lowercased()
        provider = query["provider"]?.lowercased()
        mode = query["mode"]
        source = try query["source"].map { name throws(Problem) in
            guard let source = PriceSource(name: name), source != .reported else {
                throw .invalid("source", code: "unknown_value", detail: "must be litellm, catalogue or override")
            }
            return source
        }
    }

    func matches(_ price: StoredPrice) -> Bool {
        if let source, source != price.version.source { return false }
        if let provider, provider != price.entry.provider { return false }
        if let mode, mode != price.entry.mode { return false }
        return search.map { price.entry.key.lowercased().contains($0) } ?? true
    }
}

extension StoredPrice {
    /// Whether a caller may know of it: a workspace's override is that workspace's own.
    func isVisible(to caller: Caller) -> Bool {
        version.workspace.map { caller.reaches($0) } ?? true
    }
}
