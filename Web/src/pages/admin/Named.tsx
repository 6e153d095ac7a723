import { Link } from "../../lib/router";

/** What people call something, above the id that events have for it. */
export function Named({ to, name, id }: { to: string; name: string | null; id: string }) {
    return (
        <>
            <Link to={to}>{name || id}</Link>
            <span className="under mono">{id}</span>
        </>
    );
}
