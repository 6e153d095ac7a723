// The pages of administration, fetched when the first of them is shown.
export { default as WorkspacesPage } from "./admin/WorkspacesPage";
export { default as MembersPage } from "./admin/MembersPage";
export { default as MembershipsPage } from "./admin/MembershipsPage";
export { default as KeysPage } from "./admin/KeysPage";
export { default as PeoplePage } from "./admin/PeoplePage";
export { default as AuditPage } from "./admin/AuditPage";
export { default as OperationsPage } from "./admin/OperationsPage";
export { default as StartPage } from "./admin/StartPage";
