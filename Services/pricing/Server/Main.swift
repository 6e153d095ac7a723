import Pricing
import Reference
import ServiceRuntime

@main
struct Main {
    static func main() async {
        await ServiceMain.run(.pricing.withReference(to: [.pricing]))
    }
}
