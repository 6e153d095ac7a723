internal import Domain
package import PriceBook

extension PriceAliases {
    /// What LiteLLM's map calls a part of a provider's models, where it has them under two providers.
    ///
    /// They are names of LiteLLM's own routes, which nobody else knows: to their users all of Cohere's models are `cohere`'s.
    /// Events and reports keep the name that the client wrote.
    package static let map = PriceAliases { provider, model in
        let provider = provider.lowercased()
        guard let other = routes[provider] else { return nil }
        let own = "\(provider)/"
        let name = model.lowercased().hasPrefix(own) ? String(model.dropFirst(own.count)) : model
        return (other, name)
    } otherNames: { provider in
        routes.filter { $0.value == provider }.keys.sorted()
    }

    private static let routes = ["cohere": "cohere_chat", "openai": "text-completion-openai"]

    /// These names, and for what has none among them those of others.
    package func or(_ others: PriceAliases) -> PriceAliases {
        PriceAliases { [canonical] provider, model in
            canonical(provider, model) ?? others.canonical(provider, model)
        } otherNames: { [otherNames] provider in
            otherNames(provider) + others.otherNames(provider)
        }
    }
}
