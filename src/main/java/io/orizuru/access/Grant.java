package io.orizuru.access;

/**
 * One permission that a caller holds.
 *
 * @param permission a node of the {@link PermissionTree}; {@code *} is all of it
 * @param context where it holds
 */
public record Grant(String permission, Context context) {
    /** Whether this grant reaches {@code wanted}: the same node or one below it. */
    public boolean covers(String wanted) {
        return permission.equals("*") || permission.equals(wanted) || wanted.startsWith(permission + ".");
    }

    /** Whether this grant reaches {@code wanted} or one below it. */
    boolean reachesPartOf(String wanted) {
        return covers(wanted) || permission.startsWith(wanted + ".");
    }
}
