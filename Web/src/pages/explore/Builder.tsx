import { TagForm } from "../../app/FilterBar";
import { moved, Setup, sideLimit } from "../../lib/pivot";
import { dimensions, dimensionTitle, intervals } from "../../lib/report";
import { Button } from "../../ui/Button";
import { SelectField } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Choices, Picker } from "../../ui/Popup";
import { measures } from "./measures";

interface BuilderProps {
    setup: Setup;
    onChange: (setup: Setup) => void;
}

const rowLimits = ["10", "25", "50", "100", "500", "1000", "10000"];
const columnLimits = ["5", "8", "12", "25", "50"];

function limitOptions(limits: string[], present: number): [string, string][] {
    const all = limits.includes(String(present)) ? limits : [...limits, String(present)];
    return all.sort((a, b) => Number(a) - Number(b)).map((text) => [text, `Top ${text}`]);
}

/** Where dimensions are picked and put in order. */
export function Builder({ setup, onChange }: BuilderProps) {
    const taken = [...setup.rows, ...setup.columns];
    const swap = () => onChange({ ...setup, rows: setup.columns, columns: setup.rows });
    return (
        <div className="builder">
            <Side
                title="Rows"
                names={setup.rows}
                taken={taken}
                onChange={(rows) => onChange({ ...setup, rows })}
            />
            <Side
                title="Columns"
                names={setup.columns}
                taken={taken}
                onChange={(columns) => onChange({ ...setup, columns })}
            />
            <div className="builder-rest">
                <SelectField
                    label="Measure"
                    options={measures}
                    value={setup.measure}
                    onChange={(event) => onChange({ ...setup, measure: event.target.value })}
                />
                <SelectField
                    label="Rows shown"
                    options={limitOptions(rowLimits, setup.rowLimit)}
                    value={setup.rowLimit}
                    onChange={(event) => onChange({ ...setup, rowLimit: Number(event.target.value) })}
                />
                <SelectField
                    label="Columns shown"
                    options={limitOptions(columnLimits, setup.columnLimit)}
                    value={setup.columnLimit}
                    onChange={(event) => onChange({ ...setup, columnLimit: Number(event.target.value) })}
                />
                <Button icon="refresh" onClick={swap} disabled={!setup.rows.length || !setup.columns.length}>
                    Swap
                </Button>
            </div>
        </div>
    );
}

interface SideProps {
    title: string;
    names: string[];
    taken: string[];
    onChange: (names: string[]) => void;
}

function Side({ title, names, taken, onChange }: SideProps) {
    const free = [...dimensions, ...intervals].filter(([name]) => !taken.includes(name));
    const isLast = taken.length === 1;
    const add = (name: string) => !taken.includes(name) && onChange([...names, name]);
    return (
        <div className="side-list" role="group" aria-label={title}>
            <h3>{title}</h3>
            <ol>
                {names.map((name, index) => (
                    <li key={name} className="chip">
                        {names.length > 1 && (
                            <button
                                type="button"
                                aria-label={`Move ${dimensionTitle(name)} forward`}
                                disabled={index === 0}
                                onClick={() => onChange(moved(names, index, index - 1))}
                            >
                                <Icon name="left" size={12} />
                            </button>
                        )}
                        <span>{dimensionTitle(name)}</span>
                        {names.length > 1 && (
                            <button
                                type="button"
                                aria-label={`Move ${dimensionTitle(name)} back`}
                                disabled={index === names.length - 1}
                                onClick={() => onChange(moved(names, index, index + 1))}
                            >
                                <Icon name="right" size={12} />
                            </button>
                        )}
                        <button
                            type="button"
                            aria-label={`Remove ${dimensionTitle(name)} from ${title.toLowerCase()}`}
                            disabled={isLast}
                            onClick={() => onChange(names.filter((other) => other !== name))}
                        >
                            <Icon name="close" size={12} />
                        </button>
                    </li>
                ))}
                {names.length < sideLimit && (
                    <li>
                        <Picker label={`Add to ${title.toLowerCase()}`} text="Add" icon="plus">
                            {(close) => (
                                <>
                                    <Choices
                                        label={`Add to ${title.toLowerCase()}`}
                                        choices={free.map(([value, text]) => ({ value, text }))}
                                        value={null}
                                        onChoose={(name) => {
                                            close();
                                            add(name);
                                        }}
                                    />
                                    <TagForm
                                        onChoose={(key) => {
                                            close();
                                            add(`tag.${key}`);
                                        }}
                                    />
                                </>
                            )}
                        </Picker>
                    </li>
                )}
            </ol>
        </div>
    );
}
