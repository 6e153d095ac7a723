import { ComponentProps, useDeferredValue, useId } from "react";
import { address } from "../lib/api";
import { Page as ListPage, useData } from "../lib/data";
import { TextField } from "../ui/Field";
import { Kind } from "../pages/admin/directory";

type IdFieldProps = ComponentProps<typeof TextField> & { kind: Kind; workspace: string; value: string };

/** A field for the id of a team, project or user, which offers those that begin so. */
export function IdField({ kind, workspace, ...rest }: IdFieldProps) {
    const id = useId();
    const start = useDeferredValue(rest.value.trim());
    const found = useData<ListPage<{ id: string; name: string | null }>>(
        address(`/v1/${kind}`, { workspace, q: start, limit: 20 }),
        { keep: true },
    );
    return (
        <>
            <TextField {...rest} list={id} />
            <datalist id={id}>
                {found.body?.items.map((item) => (
                    <option key={item.id} value={item.id}>{item.name ?? ""}</option>
                ))}
            </datalist>
        </>
    );
}
