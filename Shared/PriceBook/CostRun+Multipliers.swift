import Domain

extension CostRun {
    /// Multiplies the whole token cost (rule 8); several multipliers multiply together.
    mutating func takeMultipliers() {
        guard !plan.multipliers.isEmpty else { return }
        for (key, rule) in Self.multiplierKeys(request.attributes, plan) {
            guard let factor = plan.multipliers[key] else { continue }
            let (product, overflow) = multiplier.multipliedReportingOverflow(by: factor)
            guard !overflow else { continue }
            multiplier = product / 1_000_000
            rules.insert(rule)
        }
    }

    /// The keys that these attributes ask for, whether the entry has them or not.
    static func multiplierKeys(_ attributes: PriceAttributes, _ plan: PricePlan) -> [(String, PriceRule)] {
        var keys: [(String, PriceRule)] = []
        if let region = attributes.dataResidency?.lowercased(), plan.entry.provider == "openai" {
            keys.append(("regional_processing_uplift_multiplier_\(region)", .dataResidencyUplift))
        }
        let isVertex = plan.entry.provider.hasPrefix("vertex_ai")
        if let location = attributes.vertexLocation?.lowercased(), location != "global", isVertex {
            keys.append(("regional_endpoint_uplift_multiplier", .vertexLocationUplift))
        }
        guard plan.family == .anthropic else { return keys }
        if let geo = attributes.inferenceGeo?.lowercased(), geo != "fast" {
            keys.append(("provider_specific_entry.\(geo)", .anthropicGeoUplift))
        }
        if attributes.speed?.lowercased() == "fast" {
            keys.append(("provider_specific_entry.fast", .anthropicFastSpeed))
        }
        return keys
    }
}
