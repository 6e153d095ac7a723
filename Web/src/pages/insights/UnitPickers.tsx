import { FormEvent, useState } from "react";
import { TagForm } from "../../app/FilterBar";
import { dimensions, dimensionTitle } from "../../lib/report";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { Choices, Picker } from "../../ui/Popup";
import { quantities, quantityTitle } from "./units";

interface UnitPickersProps {
    by: string;
    quantity: string | null;
    onChange: (changes: { by?: string; quantity?: string | null }) => void;
}

/** Whose costs are told apart, and what else they are divided by. */
export function UnitPickers({ by, quantity, onChange }: UnitPickersProps) {
    return (
        <div className="filters" role="group" aria-label="Units">
            <Picker label="Per" text={`Per ${dimensionTitle(by).toLowerCase()}`} icon="explore">
                {(close) => (
                    <>
                        <Choices
                            label="Per"
                            choices={dimensions.map(([value, text]) => ({ value, text }))}
                            value={by}
                            onChoose={(value) => {
                                close();
                                onChange({ by: value });
                            }}
                        />
                        <TagForm
                            onChoose={(key) => {
                                close();
                                onChange({ by: `tag.${key}` });
                            }}
                        />
                    </>
                )}
            </Picker>
            <Picker
                label="Quantity"
                text={quantity ? quantityTitle(quantity) : "Also per quantity"}
                icon="plus"
            >
                {(close) => {
                    const choose = (value: string) => {
                        close();
                        onChange({ quantity: value || null });
                    };
                    return (
                        <>
                            <Choices
                                label="Quantity"
                                choices={[["", "None"] as const, ...quantities].map(([value, text]) => ({
                                    value,
                                    text,
                                }))}
                                value={quantity ?? ""}
                                onChoose={choose}
                            />
                            <CustomForm onChoose={(name) => choose(`custom:${name}`)} />
                        </>
                    );
                }}
            </Picker>
        </div>
    );
}

/** Quantities of one's own have any names: they are typed. */
function CustomForm({ onChoose }: { onChoose: (name: string) => void }) {
    const [name, setName] = useState("");
    const submit = (event: FormEvent) => {
        event.preventDefault();
        if (name.trim()) onChoose(name.trim());
    };
    return (
        <form className="form" onSubmit={submit}>
            <TextField
                label="Or one of your own"
                placeholder="tickets"
                value={name}
                maxLength={64}
                onChange={(event) => setName(event.target.value)}
            />
            <Button type="submit" disabled={!name.trim()}>Use this quantity</Button>
        </form>
    );
}
