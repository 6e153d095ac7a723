import { ButtonHTMLAttributes, ReactNode, useState } from "react";
import { Icon, IconName } from "./Icon";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
    kind?: "primary" | "plain" | "danger" | "quiet";
    icon?: IconName;
    isBusy?: boolean;
    children?: ReactNode;
}

export function Button({ kind = "plain", icon, isBusy, children, className = "", ...rest }: ButtonProps) {
    return (
        <button
            type="button"
            {...rest}
            className={`button ${kind} ${className}`}
            disabled={rest.disabled || isBusy}
            aria-busy={isBusy || undefined}
        >
            {icon && <Icon name={icon} size={16} />}
            {children}
        </button>
    );
}

/** A button that is only a drawing: its label is for who cannot see that. */
export function IconButton(
    { icon, label, ...rest }: { icon: IconName; label: string } & ButtonHTMLAttributes<HTMLButtonElement>,
) {
    return (
        <button
            type="button"
            {...rest}
            className={`icon-button ${rest.className ?? ""}`}
            aria-label={label}
            title={label}
        >
            <Icon name={icon} />
        </button>
    );
}

/** Copies a text and says so. */
export function CopyButton(
    { text, label = "Copy", kind = "plain" }: {
        text: string;
        label?: string;
        kind?: "plain" | "quiet" | "primary";
    },
) {
    const [state, setState] = useState<"idle" | "done" | "failed">("idle");
    const copy = async () => {
        try {
            await navigator.clipboard.writeText(text);
            setState("done");
        } catch {
            setState("failed");
        }
        setTimeout(() => setState("idle"), 2000);
    };
    return (
        <Button kind={kind} icon={state === "done" ? "check" : "copy"} onClick={copy}>
            <span aria-live="polite">
                {state === "done" ? "Copied" : state === "failed" ? "Press Ctrl+C to copy" : label}
            </span>
        </Button>
    );
}
