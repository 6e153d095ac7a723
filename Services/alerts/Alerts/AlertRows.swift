internal import Domain
internal import FoundationEssentials
import Postgres
internal import Wire

extension Alert {
    init(row: PostgresRow) throws {
        let kind: String = try row.value("kind")
        let subject: AlertSubject
        if let budget: String = try row.optional("budget") {
            let key = CrossingKey(
                budget: budget,
                scopeValue: try row.value("scope_value"),
                period: try row.value("period"),
                threshold: try row.value("threshold"),
                limitVersion: try row.value("limit_version")
            )
            let crossing = Crossing(
                key: key,
                budgetName: try row.value("budget_name"),
                scopeType: ScopeType(rawValue: try row.value("scope_type")) ?? .workspace,
                spent: try row.value("spent_pico"),
                limit: try row.value("limit_pico")
            )
            subject = .crossing(crossing)
        } else {
            subject = .notice(
                id: try row.value("notice_id"),
                kind: AlertKind(rawValue: kind) ?? .other,
                title: try row.value("title"),
                facts: try FactList.decode(try row.value("facts"))
            )
        }
        self.init(
            id: try row.value("id"),
            subject: subject,
            workspace: try row.optional("workspace"),
            happenedAt: try row.value("happened_at"),
            createdAt: try row.value("created_at"),
            // The table's check allows no other word.
            state: AlertState(rawValue: try row.value("state")) ?? .pending
        )
    }
}

extension NewAlert {
    /// The parameters of the statement that adds an alert.
    func values(state: AlertState, at time: Timestamp) throws -> [PostgresValue] {
        let named: [PostgresValue]
        switch subject {
        case .crossing(let crossing):
            let key = crossing.key
            named = [
                .text(key.budget), .text(crossing.budgetName), .text(crossing.scopeType.rawValue),
                .text(key.scopeValue), .text(key.period), .int(key.threshold), .int(key.limitVersion),
                .numeric(crossing.spent.picoDollars), .numeric(crossing.limit.picoDollars), .null, .null, .null,
            ]
        case .notice(let id, _, let title, let facts):
            named =
                [PostgresValue](repeating: .null, count: 9)
                + [.text(id), .text(title), .text(try FactList.encode(facts))]
        }
        return [.text(subject.kind.rawValue), .text(workspace)] + named
            + [.timestamp(happenedAt), .timestamp(time), .text(state.rawValue)]
    }
}

/// The facts of a notice as they are stored.
enum FactList {
    static func encode(_ facts: [NoticeEntry.Fact]) throws -> String {
        String(decoding: try JSONEncoder().encode(facts), as: UTF8.self)
    }

    static func decode(_ text: String) throws -> [NoticeEntry.Fact] {
        do {
            return try JSONDecoder().decode([NoticeEntry.Fact].self, from: Data(text.utf8))
        } catch {
            throw AlertError(.unavailable, "An alert's facts cannot be read.", underlying: error)
        }
    }
}

extension DeliveryReceipt {
    init(row: PostgresRow) throws {
        self.init(
            destination: try Destination(row: row),
            state: State(rawValue: try row.value("state")) ?? .pending,
            attempts: try row.optional("attempts") ?? 0,
            uncertainAttempts: try row.optional("uncertain") ?? 0,
            messageID: try row.optional("message"),
            settledAt: try row.optional("settled_at"),
            detail: try row.optional("detail")
        )
    }
}

extension Destination {
    init(row: PostgresRow) throws {
        let kind: String = try row.value("kind")
        guard let known = ChannelKind(rawValue: kind) else {
            throw AlertError(.unavailable, "A destination has a kind that this version does not know.")
        }
        self.init(kind: known, address: try row.value("address"))
    }
}

extension DeliveryRules.State {
    init(row: PostgresRow) throws {
        self.init()
        failures = try row.value("failures")
        windowStart = try row.optional("window_start")
        windowMessages = try row.value("window_messages")
    }
}

extension Channel {
    init(row: PostgresRow) throws {
        let kind: String = try row.value("kind")
        guard let known = ChannelKind(rawValue: kind) else {
            throw AlertError(.unavailable, "A channel has a kind that this version does not know.")
        }
        let events: [String] = try row.value("events")
        self.init(
            id: try row.value("id"),
            workspace: try row.optional("workspace"),
            name: try row.value("name"),
            kind: known,
            target: try row.value("target"),
            events: events.compactMap(AlertKind.init(rawValue:)),
            version: try row.value("version"),
            createdAt: try row.value("created_at"),
            createdBy: try row.value("created_by"),
            updatedAt: try row.value("updated_at")
        )
    }
}
