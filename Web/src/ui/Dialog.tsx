import { FormEvent, ReactNode, useEffect, useId, useRef, useState } from "react";
import { ProblemError } from "../lib/api";
import { Button, IconButton } from "./Button";
import { ErrorNote } from "./States";

interface DialogProps {
    title: string;
    onClose: () => void;
    children: ReactNode;
    isWide?: boolean;
}

/** A window over the page, which is out of reach meanwhile; Escape closes it. */
export function Dialog({ title, onClose, children, isWide }: DialogProps) {
    const element = useRef<HTMLDialogElement>(null);
    const titleID = useId();
    useEffect(() => {
        const dialog = element.current;
        if (dialog && !dialog.open) dialog.showModal();
        return () => dialog?.close();
    }, []);
    return (
        <dialog
            ref={element}
            className={isWide ? "dialog wide" : "dialog"}
            aria-labelledby={titleID}
            onCancel={(event) => {
                event.preventDefault();
                onClose();
            }}
        >
            <header>
                <h2 id={titleID}>{title}</h2>
                <IconButton icon="close" label="Close" onClick={onClose} />
            </header>
            {children}
        </dialog>
    );
}

interface FormDialogProps {
    title: string;
    action: string;
    kind?: "primary" | "danger";
    isWide?: boolean;
    onClose: () => void;
    /** Does it; the window closes when that went well. What is returned false stays open. */
    onSubmit: () => Promise<unknown>;
    /** Shows what is wrong with which field. */
    children: (faults: Faults) => ReactNode;
}

/** What is wrong with each field of a form, by its name in the API. */
export type Faults = (...names: string[]) => string | undefined;

/** The faults that a problem names. */
export function faultsOf(error: ProblemError | undefined): Faults {
    return (...names) =>
        error?.faults.find((fault) =>
            names.some((name) =>
                fault.name === name || fault.name.startsWith(`${name}[`) || fault.name.startsWith(`${name}.`)
            )
        )?.detail;
}

/** A form in a window. */
export function FormDialog(
    { title, action, kind = "primary", isWide, onClose, onSubmit, children }: FormDialogProps,
) {
    const [error, setError] = useState<ProblemError>();
    const [isBusy, setBusy] = useState(false);
    const submit = async (event: FormEvent) => {
        event.preventDefault();
        setBusy(true);
        setError(undefined);
        try {
            if (await onSubmit() !== false) return onClose();
        } catch (problem) {
            if (!(problem instanceof ProblemError)) throw problem;
            setError(problem);
        } finally {
            setBusy(false);
        }
    };
    return (
        <Dialog title={title} onClose={onClose} {...(isWide ? { isWide } : {})}>
            <form className="form" onSubmit={submit} noValidate>
                {children(faultsOf(error))}
                {error && <ErrorNote error={error} />}
                <footer>
                    <Button onClick={onClose}>Cancel</Button>
                    <Button type="submit" kind={kind} isBusy={isBusy}>{action}</Button>
                </footer>
            </form>
        </Dialog>
    );
}
