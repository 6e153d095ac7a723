import { useSyncExternalStore } from "react";

let messages: { id: number; text: string }[] = [];
let lastID = 0;
const listeners = new Set<() => void>();

function set(next: typeof messages) {
    messages = next;
    listeners.forEach((listener) => listener());
}

/** Says shortly that something was done. */
export function toast(text: string) {
    const id = ++lastID;
    set([...messages.slice(-2), { id, text }]);
    setTimeout(() => set(messages.filter((message) => message.id !== id)), 5000);
}

export function Toasts() {
    const shown = useSyncExternalStore((listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
    }, () => messages);
    return (
        <div className="toasts" role="status" aria-live="polite">
            {shown.map((message) => <p key={message.id}>{message.text}</p>)}
        </div>
    );
}
