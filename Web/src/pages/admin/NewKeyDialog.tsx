import { Button, CopyButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

/** A key, this once. */
export function NewKeyDialog(
    { secret, name, onClose }: { secret: string; name: string; onClose: () => void },
) {
    return (
        <Dialog title={`The key ${name}`} onClose={onClose}>
            <div className="dialog-body">
                <p>Copy it now: it is shown this once, and cannot be found out later.</p>
                <pre className="secret">{secret}</pre>
                <div className="actions">
                    <CopyButton text={secret} kind="primary" label="Copy key" />
                    <Button onClick={onClose}>Done</Button>
                </div>
            </div>
        </Dialog>
    );
}
