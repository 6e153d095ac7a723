internal import Domain
internal import PriceBook
internal import ServiceRuntime

/// The body of `POST /v1/prices/overrides`, read and checked.
struct OverrideRequest {
    let workspace: String?
    let provider: String
    let model: String
    let reason: String
    let author: String?
    /// Its key is in lower case: names are the same whatever their case, so that two overrides of one cannot overlap.
    let entry: PriceEntry

    private static let members: Set<String> = [
        "workspace", "provider", "model", "mode", "rates", "valid_from", "valid_to", "reason", "author",
    ]

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - body: The JSON value.
    ///   - now: From when the rates hold when the body does not say.
    /// - Throws: A 422 problem that names each field at fault.
    init(_ body: JSONValue, now: Timestamp) throws(Problem) {
        var fields = FieldReader(body, known: Self.members)
        workspace = fields.name("workspace")
        provider = fields.required("provider").lowercased()
        model = fields.required("model")
        reason = fields.required("reason", limit: 1_000)
        author = fields.name("author")
        let mode = fields.name("mode")
        let from = fields.time("valid_from") ?? now
        let to = fields.time("valid_to")
        if let to, to <= from { fields.fault("valid_to", "out_of_range", "must be after 'valid_from'") }
        let rates = fields.rates(provider: provider)
        guard fields.faults.isEmpty else { throw .invalid(fields.faults) }
        var content: [JSONValue.Member] = [.init("litellm_provider", .string(provider))]
        if let mode { content.append(.init("mode", .string(mode))) }
        do {
            entry = try PriceEntry(
                key: "\(provider)/\(model.lowercased())",
                json: JSONValue.object(content + rates).bytes,
                validFrom: from,
                validTo: to
            )
        } catch {
            throw .invalid("rates", code: "invalid", detail: error.message)
        }
    }
}

extension FieldReader {
    /// The members of `rates`, each of which an entry can be made of.
    mutating func rates(provider: String) -> [JSONValue.Member] {
        guard case .object(let members)? = self["rates"], !members.isEmpty else {
            fault("rates", "required", "must be an object of rates, like {\"input_cost_per_token\": \"0.000002\"}")
            return []
        }
        for member in members {
            if let flaw = Self.flaw(of: member) {
                fault("rates.\(member.name.prefix(64))", flaw.code, flaw.detail)
            }
        }
        if Set(members.map(\.name)).count < members.count { fault("rates", "invalid", "has a rate twice") }
        return members
    }

    private static func flaw(of member: JSONValue.Member) -> (code: String, detail: String)? {
        let isRate = PriceEntry.knows(field: member.name) && member.name != "litellm_provider" && member.name != "mode"
        guard isRate else { return ("unknown_field", "is no rate that a price can have") }
        let content = JSONValue.object([.init("litellm_provider", "any"), member]).bytes
        do {
            let entry = try PriceEntry(key: member.name, json: content)
            let isRule = member.name == "web_search_billing_unit"
            return entry.hasPrice || !entry.flatMultipliers.isEmpty || isRule ? nil : ("invalid", "says no rate")
        } catch {
            // The message begins with the key, which is the field's name here.
            let start = "\(member.name): "
            let text = error.message
            return ("invalid", text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text)
        }
    }
}
