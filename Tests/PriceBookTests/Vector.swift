import Domain
import FoundationEssentials
import PriceBook

/// One line of `vectors.jsonl`: a metered call beside what it must cost.
struct Vector: Decodable {
    var id: String
    var provider: String
    var model: String
    var operation: String
    var usage: [String: UsageValue]
    var occurredAt: String?
    var serviceTier, size, quality, resolution, searchContextSize: String?
    var dataResidency, vertexLocation, inferenceGeo, speed: String?
    var routerFee: Bool?
    var resolvedKey: String?
    var rules: [String]
    var status: String
    var expectedCostUsd: String?
    var components: [Component]
    var multiplier: String?
    var multiplierKeys: [String]?

    struct Component: Decodable, Equatable {
        var component: String
        var quantity: String
        var rateKey: String?
        var unitPrice: String
        var cost: String
    }

    enum UsageValue: Decodable {
        case number(Decimal)
        case units([String: Decimal])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Decimal.self) {
                self = .number(number)
            } else {
                self = .units(try container.decode([String: Decimal].self))
            }
        }
    }

    var request: PriceRequest {
        PriceRequest(
            operation: PriceOperation(name: operation),
            usage: domainUsage,
            attributes: PriceAttributes(
                serviceTier: serviceTier,
                size: size,
                quality: quality,
                resolution: resolution,
                searchContextSize: searchContextSize,
                routerFee: routerFee ?? false,
                dataResidency: dataResidency,
                vertexLocation: vertexLocation,
                inferenceGeo: inferenceGeo,
                speed: speed
            ),
            occurredAt: occurredAt.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(seconds: 1_795_392_000)
        )
    }

    private var domainUsage: Usage {
        var result = Usage()
        for (name, value) in usage.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .number(let number):
                if let quantity = UsageQuantity(rawValue: name) {
                    result.items.append(Usage.Item(quantity, Self.amount(number)))
                }
            case .units(let units):
                result.guardrailUnits = units.map { Usage.NamedItem($0, Self.amount($1)) }.sorted { $0.name < $1.name }
            }
        }
        return result
    }

    private static func amount(_ number: Decimal) -> Amount {
        Amount(millionths: Int64(DecimalText.parse(number.description.utf8, scale: 6) ?? 0))
    }
}

/// The files that tests read.
enum Fixtures {
    static let vectors: [Vector] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let lines = (bytes("Tests/Fixtures/vectors.jsonl") ?? []).split(separator: UInt8(ascii: "\n"))
        return lines.compactMap { try? decoder.decode(Vector.self, from: Data($0)) }
    }()

    static let mapPath = "Services/pricing/Resources/litellm_prices.json"

    static let book: PriceBook? = bytes(mapPath).flatMap {
        try? PriceBook(litellm: $0)
    }

    static func bytes(_ path: String) -> [UInt8]? {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return try? Array(Data(contentsOf: URL(filePath: "/\(root)/\(path)")))
    }
}
