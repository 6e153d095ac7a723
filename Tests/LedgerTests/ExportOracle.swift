import Ledger
import Postgres

/// The same exports, written by PostgreSQL alone: slower, and plain to see.
enum ExportOracle {
    private static let time = #"'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"#
    private static let second = #"'YYYY-MM-DD"T"HH24:MI:SS"Z"'"#
    /// Pico-dollars as dollars with twelve decimals.
    private static let cost = "e.cost * 0.000000000001"

    /// A text that no spreadsheet takes for a formula, as the console's own files have it.
    ///
    /// FOCUS is for programs, which join by these texts: there they stay as they are.
    private static func safe(_ text: String) -> String {
        "CASE WHEN ascii(\(text)) IN (9, 13, 43, 45, 61, 64) THEN '''' || \(text) ELSE \(text) END"
    }

    static let csv = """
        \(safe("e.event_id")) AS event_id, CASE e.kind WHEN 1 THEN 'event' ELSE 'adjustment' END AS kind,
            to_char(e.occurred_at, \(time)) AS occurred_at, to_char(e.recorded_at, \(time)) AS recorded_at,
            \(safe("w.name")) AS workspace, \(safe("s.team")) AS team, \(safe("s.project")) AS project,
            \(safe("s.user_id")) AS user, nullif(\(safe("s.source_app")), '') AS source_app,
            nullif(\(safe("s.provider")), '') AS provider, nullif(\(safe("s.model")), '') AS model,
            nullif(s.operation, '') AS operation, \(safe("s.service_tier")) AS service_tier, \(cost) AS cost_usd, e.events, e.unpriced_events,
            CASE e.state WHEN 1 THEN 'priced' WHEN 2 THEN 'free' WHEN 3 THEN 'partially_priced' ELSE 'unpriced' END
                AS cost_status,
            e.input_tokens, e.output_tokens, e.cache_read_tokens, e.cache_write_tokens, e.reasoning_tokens,
            e.latency_ms, \(safe("e.status")) AS status, \(safe("e.trace_id")) AS trace_id, e.tags,
            \(safe("e.reference")) AS reference, \(safe("j.reason")) AS reason
        """

    /// FOCUS 1.2; the charge period is the hour of the event, the billing period its month in UTC.
    ///
    /// There is no price of a SKU here, so that what is priced by it is empty: a cost has many rates.
    static let focus = """
        \(cost) AS "BilledCost", w.name AS "BillingAccountId", w.name AS "BillingAccountName",
            'Workspace' AS "BillingAccountType", 'USD' AS "BillingCurrency",
            to_char(date_trunc('month', e.occurred_at) + interval '1 month', \(second)) AS "BillingPeriodEnd",
            to_char(date_trunc('month', e.occurred_at), \(second)) AS "BillingPeriodStart",
            CASE WHEN e.kind = 1 OR e.adjusts IS NOT NULL THEN 'Usage' ELSE 'Adjustment' END AS "ChargeCategory",
            CASE WHEN e.adjusts IS NOT NULL THEN 'Correction' END AS "ChargeClass",
            coalesce(j.reason, nullif(concat_ws(' ', nullif(s.operation, ''), nullif(s.model, '')), ''))
                AS "ChargeDescription",
            CASE WHEN e.kind = 1 OR e.adjusts IS NOT NULL THEN 'Usage-Based' ELSE 'One-Time' END AS "ChargeFrequency",
            to_char(date_trunc('hour', e.occurred_at) + interval '1 hour', \(second)) AS "ChargePeriodEnd",
            to_char(date_trunc('hour', e.occurred_at), \(second)) AS "ChargePeriodStart",
            CASE WHEN e.kind = 1 THEN coalesce(e.input_tokens + coalesce(e.output_tokens, 0), 1) END
                AS "ConsumedQuantity",
            CASE WHEN e.kind = 1 THEN CASE WHEN e.input_tokens IS NULL THEN 'Requests' ELSE 'Tokens' END END
                AS "ConsumedUnit",
            \(cost) AS "ContractedCost", \(cost) AS "EffectiveCost", nullif(s.provider, '') AS "InvoiceIssuerName",
            NULL AS "InvoiceId", \(cost) AS "ListCost", NULL AS "PricingCategory", 'USD' AS "PricingCurrency",
            NULL AS "PricingQuantity", NULL AS "PricingUnit",
            nullif(s.provider, '') AS "ProviderName", nullif(s.provider, '') AS "PublisherName",
            nullif(s.model, '') AS "ResourceId", nullif(s.model, '') AS "ResourceName", 'Model' AS "ResourceType",
            'AI and Machine Learning' AS "ServiceCategory", nullif(s.provider, '') AS "ServiceName",
            'Generative AI' AS "ServiceSubcategory", nullif(s.operation, '') AS "SkuMeter", s.team AS "SubAccountId",
            s.team AS "SubAccountName", 'Team' AS "SubAccountType", e.tags AS "Tags", e.event_id AS "x_EventId",
            s.project AS "x_Project", s.user_id AS "x_User", nullif(s.source_app, '') AS "x_SourceApp",
            s.service_tier AS "x_ServiceTier", e.reference AS "x_Reference"
        """

    /// Everything that a store has of some workspaces.
    static func copy(_ format: LedgerExportFormat, of workspaces: [String]) -> SQL {
        let names = workspaces.map { "'\($0)'" }.joined(separator: ", ")
        return SQL(
            assembled: """
                COPY (
                    SELECT \(format == .csv ? csv : focus)
                    FROM usage_events AS e
                    JOIN series AS s ON s.id = e.series_id
                    JOIN ledger_workspaces AS w ON w.number = e.workspace
                    LEFT JOIN ledger_jobs AS j ON j.id = e.job
                    WHERE w.name IN (\(names))\(format == .csv ? "" : " AND (e.kind = 2 OR e.cost IS NOT NULL)")
                    ORDER BY e.workspace, e.occurred_at, e.id
                ) TO STDOUT (FORMAT csv, HEADER true)
                """
        )
    }
}
