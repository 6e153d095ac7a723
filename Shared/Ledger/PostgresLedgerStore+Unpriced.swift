internal import Domain
internal import Postgres

/// What has no price, and how much a month had.
extension PostgresLedgerStore {
    private static let selectUnpriced: SQL = """
        SELECT provider, model, quantity, reason, count(*) AS events, min(occurred_at) AS first_seen,
            max(occurred_at) AS last_seen
        FROM unpriced_quantities
        WHERE (provider, model, quantity, reason) > ($1, $2, $3, $4::smallint)
            AND ($5::text[] IS NULL
                OR workspace = ANY(ARRAY(SELECT number FROM ledger_workspaces WHERE name = ANY($5::text[]))))
        GROUP BY provider, model, quantity, reason
        ORDER BY provider, model, quantity, reason LIMIT $6::bigint
        """

    package func unpriced(workspaces: [String]?, limit: Int, after cursor: UnpricedCursor?) async throws -> UnpricedPage
    {
        try checkLimit(limit, atMost: 1_000)
        return try await mapErrors {
            let rows = try await pool.query(
                Self.selectUnpriced,
                [
                    .text(cursor?.model.provider ?? ""), .text(cursor?.model.model ?? ""),
                    .text(cursor?.quantity ?? ""), .int(Int64(cursor?.reason ?? -1)),
                    workspaces.map { .textArray($0) } ?? .null, .int(limit + 1),
                ]
            )
            return UnpricedPage(try rows.map { try UnpricedGroup($0) }, limit: limit)
        }
    }

    private static let selectUnpricedModels: SQL = """
        SELECT DISTINCT provider, model FROM unnest($1::text[], $2::text[]) AS given (provider, model)
        CROSS JOIN LATERAL (SELECT FROM unpriced_quantities AS u
            WHERE u.provider = given.provider AND u.model = given.model LIMIT 1) AS found
        """

    package func unpricedModels(among models: [LedgerModel]) async throws -> Set<LedgerModel> {
        guard !models.isEmpty else { return [] }
        try checkLimit(models.count, atMost: 10_000)
        return try await mapErrors {
            let values: [PostgresValue] = [.textArray(models.map(\.provider)), .textArray(models.map(\.model))]
            return Set(
                try await pool.query(Self.selectUnpricedModels, values).map {
                    LedgerModel(provider: try $0.value("provider"), model: try $0.value("model"))
                }
            )
        }
    }

    package func monthVolume(_ query: MonthVolumeQuery) async throws -> Int128 {
        let report = try query.query()
        try report.check()
        return try await mapErrors {
            let plan = ReportPlanner.volume(report)
            return try await pool.query(plan.sql, plan.values).first?.value("quantity") ?? 0
        }
    }
}

extension UnpricedGroup {
    fileprivate init(_ row: PostgresRow) throws {
        let quantity: String = try row.value("quantity")
        let number: Int16 = try row.value("reason")
        let reason = UInt8(exactly: number).flatMap { UnpricedQuantity.Reason(rawValue: $0) }
        guard number == 0 || reason != nil else {
            throw LedgerError(.corruptRow, "unpriced reason \(number) is unknown to this version")
        }
        self.init(
            model: LedgerModel(provider: try row.value("provider"), model: try row.value("model")),
            quantity: quantity.isEmpty ? nil : quantity,
            reason: reason,
            events: try row.value("events"),
            firstSeen: try row.value("first_seen"),
            lastSeen: try row.value("last_seen")
        )
    }
}
