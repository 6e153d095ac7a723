import Domain

extension CostRun {
    /// Bills what models use beside their own work (rule 10), on top of any operation.
    mutating func billTools() {
        if used.webSearches > 0 { billWebSearch() }
        if used.mapsRequests > 0 {
            let count = billsByPrompt ? min(used.mapsRequests, 1_000_000) : used.mapsRequests
            bill(.mapsGrounding, count, plan.units.maps, of: .mapsRequests, rule: .mapsGrounding)
        }
        if used.sessions > 0 {
            bill(.sessions, used.sessions, plan.codeInterpreter, of: .sessions, rule: .codeInterpreterSessions)
            if plan.companions.codeInterpreter != nil { billsCompanion = true }
        }
        if used.textMessages > 0 { billTextMessages() }
        if !request.usage.guardrailUnits.isEmpty { billGuardrails() }
        if request.attributes.routerFee {
            bill(.routerFee, used.input, plan.routerFee, of: .inputTokens, rule: .azureModelRouterFee)
            if plan.companions.routerFee != nil { billsCompanion = true }
        }
        if used.citations > 0, plan.units.citation.exists || plan.family == .perplexity {
            billCitations()
        }
    }

    /// Gemini's grounding is billed once for a prompt, unless the entry says that each search is.
    private var billsByPrompt: Bool {
        plan.family == .gemini && !plan.billsEachSearch
    }

    private mutating func billWebSearch() {
        let count = billsByPrompt ? min(used.webSearches, 1_000_000) : used.webSearches
        let size = request.attributes.searchContextSize?.lowercased()
        let wanted = "search_context_size_" + (size ?? (plan.family == .perplexity ? "low" : "medium"))
        var match = plan.named.searchContext.first { $0.name == wanted || $0.name == size }
        if match == nil {
            let sizes = plan.named.searchContext
            match = sizes.first { $0.name == "search_context_size_medium" } ?? sizes.first
            if match != nil { flags.insert(.fallbackSize) }
        }
        bill(
            .webSearch,
            count,
            match?.rate ?? .none,
            of: .webSearchRequests,
            rule: billsByPrompt ? .webSearchPerPrompt : .webSearchPerQuery
        )
    }

    private mutating func billTextMessages() {
        guard plan.units.textMessage.exists else { return unratedNames.append("text_messages") }
        bill(.textMessages, used.textMessages, plan.units.textMessage, of: .requests, rule: .perRequest)
    }

    private mutating func billGuardrails() {
        for unit in request.usage.guardrailUnits where unit.amount.millionths > 0 {
            guard let match = plan.named.guardrail.first(where: { $0.name == unit.name }) else {
                unratedNames.append(unit.name)
                continue
            }
            rules.insert(.guardrailUnits)
            ratedLines += 1
            sink.add(
                .named(unit.name),
                min(unit.amount, .limit).millionths,
                match.rate,
                multiplier: Provenance.unitMultiplier,
                of: plan
            )
        }
    }

    /// Perplexity bills the tokens of what it cites only for models that have a rate for them.
    private mutating func billCitations() {
        guard plan.units.citation.exists else { return }
        bill(.citation, used.citations, plan.units.citation, of: .citationTokens, rule: .perplexityCitationTokens)
    }
}
