import Alerts
import Reference
import ServiceRuntime

@main
struct Main {
    static func main() async {
        await ServiceMain.run(.alerts.withReference(to: [.alerts]))
    }
}
