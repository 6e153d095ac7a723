internal import Domain

/// The definitions of one workspace by what an event has: a look-up per value of the event, however many there are.
struct AskedScopes: Sendable {
    fileprivate typealias Periods = [PeriodKind]

    fileprivate struct Values: Sendable {
        /// The periods that one value is counted by.
        var exact: [String: Periods] = [:]
        /// The periods that every value is counted by.
        var every: Periods = []
    }

    /// By the type of scope; those that nothing is asked of are missing.
    private var byType: [(type: ScopeType, values: Values)] = []
    private var byTag: [String: Values] = [:]

    init(_ definitions: Set<CounterCatalogue.Definition>) {
        var types: [ScopeType: Values] = [:]
        for definition in definitions {
            let (scope, period) = (definition.scope, definition.period)
            if scope.type == .tag {
                let key = String(scope.tagKey ?? "")
                byTag[key, default: Values()].add(scope.isEveryValue ? nil : scope.id, period)
            } else {
                types[scope.type, default: Values()].add(scope.isEveryValue ? nil : scope.id, period)
            }
        }
        byType = ScopeType.allCases.compactMap { type in types[type].map { (type, $0) } }
    }

    var isEmpty: Bool { byType.isEmpty && byTag.isEmpty }

    /// What an event is counted in.
    func uses(for event: UsageEvent) -> [CounterCatalogue.Use] {
        var uses: [CounterCatalogue.Use] = []
        for (type, values) in byType {
            if let value = event.value(of: type) { values.append(type, value, to: &uses) }
        }
        if !byTag.isEmpty {
            for tag in event.identity.tags {
                byTag[tag.key]?.append(.tag, "\(tag.key)=\(tag.value)", to: &uses)
            }
        }
        return uses
    }
}

extension AskedScopes.Values {
    fileprivate mutating func add(_ value: String?, _ period: PeriodKind) {
        if let value {
            exact[value, default: []].append(period)
        } else {
            every.append(period)
        }
    }

    fileprivate func append(_ type: ScopeType, _ value: String, to uses: inout [CounterCatalogue.Use]) {
        let named = exact[value] ?? []
        let scope = Scope(type: type, id: value)
        for period in named {
            uses.append(.init(definition: .init(scope: scope, period: period), isOnFirstUse: false))
        }
        for period in every where !named.contains(period) {
            uses.append(.init(definition: .init(scope: scope, period: period), isOnFirstUse: true))
        }
    }
}

extension UsageEvent {
    /// The event's value of a type of scope that has at most one.
    fileprivate func value(of type: ScopeType) -> String? {
        switch type {
        case .workspace: identity.workspace
        case .team: identity.team
        case .project: identity.project
        case .user: identity.user
        case .sourceApp: identity.sourceApp
        case .provider: provider
        case .model: model
        case .tag: nil
        }
    }
}
