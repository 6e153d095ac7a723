internal import Directory
package import Domain
package import Postgres

/// The budgets in PostgreSQL.
package struct PostgresBudgetStore: BudgetStore {
    private let pool: PostgresPool

    /// Makes a store over a pool whose database has ``BudgetSchema/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func version() async throws -> Int64 {
        try await translating {
            let rows = try await pool.query("SELECT version FROM budget_book")
            guard let row = rows.first else { throw Self.noVersion }
            return try row.value("version")
        }
    }

    package func changes(after version: Int64?) async throws -> BudgetChanges {
        try await translating {
            // First the version: what commits meanwhile is read too, and once more the next time.
            let present = try await self.version()
            let rows =
                if let version {
                    try await pool.query(changedBudgets, [.int(version)])
                } else {
                    try await pool.query(presentBudgets)
                }
            return BudgetChanges(version: present, budgets: try rows.map { try Budget(row: $0) })
        }
    }

    package func budget(_ id: String) async throws -> Budget? {
        try await translating {
            try await pool.query(budgetByID, [.text(id)]).first.map { try Budget(row: $0) }
        }
    }

    package func create(_ new: NewBudget, at time: Timestamp) async throws -> Budget {
        guard new.faults.isEmpty else { throw BudgetError.invalid(new.faults) }
        return try await changing("budget.create", by: new.author, at: time) { connection, version in
            let count = try await connection.query(countBudgets, [.text(new.workspace)]).first?.value("n") ?? 0
            guard count < BudgetRules.budgetsPerWorkspace else { throw BudgetError.tooMany(in: new.workspace) }
            guard try await self.budget(new.id, on: connection) == nil else { throw BudgetError.taken(new.id) }
            let budget = new.budget(version: version, at: time)
            _ = try await connection.query(insertBudget, budget.values)
            let change = BudgetLimitChange(.created, of: budget, at: time, by: new.author.signature)
            _ = try await connection.query(insertLimitChange, change.values)
            return (budget, from: nil, isChanged: true)
        }
    }

    package func update(
        _ id: String,
        _ edit: BudgetEdit,
        expecting expected: Int64?,
        by author: Author,
        at time: Timestamp
    ) async throws -> Budget {
        try await changing("budget.update", by: author, at: time) { connection, version in
            guard let budget = try await self.budget(id, on: connection), budget.archivedAt == nil else {
                throw BudgetError.none(id)
            }
            try budget.check(expected: expected)
            guard let (new, change) = try budget.applying(edit, version: version, by: author.signature, at: time) else {
                return (budget, from: budget, isChanged: false)
            }
            _ = try await connection.query(updateBudget, new.changeableValues)
            if let change { _ = try await connection.query(insertLimitChange, change.values) }
            return (new, from: budget, isChanged: true)
        }
    }

    package func archive(
        _ id: String,
        expecting expected: Int64?,
        by author: Author,
        at time: Timestamp
    ) async throws -> Budget {
        try await changing("budget.archive", by: author, at: time) { connection, version in
            guard let budget = try await self.budget(id, on: connection) else { throw BudgetError.none(id) }
            if budget.archivedAt != nil { return (budget, from: budget, isChanged: false) }
            try budget.check(expected: expected)
            let new = budget.archived(version: version, at: time)
            _ = try await connection.query(updateBudget, new.changeableValues)
            let change = BudgetLimitChange(.archived, of: new, at: time, by: author.signature)
            _ = try await connection.query(insertLimitChange, change.values)
            return (new, from: budget, isChanged: true)
        }
    }

    package func history(of id: String, before version: Int64?, limit: Int) async throws -> [BudgetLimitChange] {
        try await translating {
            try await pool.query(limitHistory, [.text(id), .int(version ?? .max), .int(limit)])
                .map { try BudgetLimitChange(row: $0) }
        }
    }

    private static let noVersion = BudgetError(.unavailable, "The budgets have no version.")

    private func budget(_ id: String, on connection: PostgresConnection) async throws -> Budget? {
        try await connection.query(budgetByID, [.text(id)]).first.map { try Budget(row: $0) }
    }

    /// Runs a change with the next version, which it keeps for itself until the transaction ends, and tells the audit log.
    private func changing(
        _ action: String,
        by author: Author,
        at time: Timestamp,
        _ change: (PostgresConnection, _ version: Int64) async throws -> (Budget, from: Budget?, isChanged: Bool)
    ) async throws -> Budget {
        try await translating {
            try await pool.withTransaction { connection in
                guard let row = try await connection.query(lockBook).first else { throw Self.noVersion }
                let version: Int64 = try row.value("version") + 1
                let (budget, old, isChanged) = try await change(connection, version)
                guard isChanged else { return budget }
                _ = try await connection.query(writeVersion, [.int(version)])
                try await Directory.audit([budget.entry(action, by: author, from: old)], at: time, in: connection)
                return budget
            }
        }
    }

    /// Runs a body of queries; turns PostgreSQL's errors into the store's.
    private func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw BudgetError(.unavailable, "The budgets' store failed.", underlying: error)
        }
    }
}
