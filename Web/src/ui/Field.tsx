import { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes, useId } from "react";

interface FieldProps {
    label: string;
    hint?: ReactNode;
    error?: string | undefined;
    isHidden?: boolean;
}

/** What an input is called, what is meant, and what is wrong with it. */
function Field(
    { label, hint, error, isHidden, id, children }: FieldProps & { id: string; children: ReactNode },
) {
    return (
        <div className={`field ${error ? "has-error" : ""}`}>
            <label htmlFor={id} className={isHidden ? "visually-hidden" : undefined}>{label}</label>
            {children}
            {hint && !error && <p className="hint" id={`${id}-note`}>{hint}</p>}
            {error && <p className="fault" id={`${id}-note`}>{error}</p>}
        </div>
    );
}

function described(id: string, { hint, error }: FieldProps) {
    return {
        ...(hint || error ? { "aria-describedby": `${id}-note` } : {}),
        ...(error ? { "aria-invalid": true } : {}),
    };
}

type TextFieldProps = FieldProps & InputHTMLAttributes<HTMLInputElement>;

export function TextField({ label, hint, error, isHidden, ...rest }: TextFieldProps) {
    const id = useId();
    const field = { label, hint, ...(error ? { error } : {}), ...(isHidden ? { isHidden } : {}) };
    return (
        <Field {...field} id={id}>
            <input type="text" autoComplete="off" {...rest} id={id} {...described(id, field)} />
        </Field>
    );
}

type TextAreaProps = FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>;

export function TextAreaField({ label, hint, error, isHidden, ...rest }: TextAreaProps) {
    const id = useId();
    const field = { label, hint, ...(error ? { error } : {}), ...(isHidden ? { isHidden } : {}) };
    return (
        <Field {...field} id={id}>
            <textarea rows={3} {...rest} id={id} {...described(id, field)} />
        </Field>
    );
}

type SelectFieldProps = FieldProps & SelectHTMLAttributes<HTMLSelectElement> & {
    options: readonly (readonly [value: string, text: string])[];
};

export function SelectField({ label, hint, error, isHidden, options, ...rest }: SelectFieldProps) {
    const id = useId();
    const field = { label, hint, ...(error ? { error } : {}), ...(isHidden ? { isHidden } : {}) };
    return (
        <Field {...field} id={id}>
            <select {...rest} id={id} {...described(id, field)}>
                {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
            </select>
        </Field>
    );
}

export function CheckField({ label, ...rest }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
    return (
        <label className="check">
            <input type="checkbox" {...rest} />
            <span>{label}</span>
        </label>
    );
}
