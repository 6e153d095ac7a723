import Analytics
import Reference
import ServiceRuntime

@main
struct Main {
    static func main() async {
        await ServiceMain.run(.analytics.withReference(to: [.analytics]))
    }
}
