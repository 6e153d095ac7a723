import Budgets
import Reference
import ServiceRuntime

@main
struct Main {
    static func main() async {
        await ServiceMain.run(.budget.withReference(to: [.budget]))
    }
}
