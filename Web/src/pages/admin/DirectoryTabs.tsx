import { Tabs } from "../../ui/Page";

/** The parts of the directory. */
export function DirectoryTabs() {
    return (
        <Tabs
            label="Directory"
            tabs={[
                ["/directory", "Workspaces"],
                ["/directory/teams", "Teams"],
                ["/directory/projects", "Projects"],
                ["/directory/users", "Users"],
                ["/directory/memberships", "Memberships"],
            ]}
        />
    );
}
