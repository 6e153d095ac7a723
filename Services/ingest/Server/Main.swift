import Ingest
import Reference
import ServiceRuntime

@main
struct Main {
    static func main() async {
        await ServiceMain.run(.ingest.withReference(to: [.ingest]))
    }
}
