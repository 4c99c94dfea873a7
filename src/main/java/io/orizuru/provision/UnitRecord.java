package io.orizuru.provision;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A unit on record: asked for, and not yet seen gone.
 *
 * @param generation the release that last wanted new units of its process; it is replaced when that is another one
 * @param release whose environment and plan it was started with
 * @param host where it listens, once it does
 * @param healthy whether it was ever seen healthy
 * @param routed whether requests for its app go to it
 * @param addressed whether requests for its version or its process go to it
 * @param reported the status that an agent reported last, or null; what the engine sees counts for more
 */
public record UnitRecord(
        String id,
        String app,
        String process,
        int version,
        int release,
        int generation,
        long epoch,
        String provisioner,
        @Nullable String host,
        @Nullable Integer port,
        boolean healthy,
        boolean routed,
        boolean addressed,
        @Nullable String reported) {

    /** A row of the table of units. */
    public static UnitRecord of(ResultSet row, int number) throws SQLException {
        int port = row.getInt("port");
        return new UnitRecord(
                row.getString("id"),
                row.getString("app"),
                row.getString("process"),
                row.getInt("version"),
                row.getInt("release"),
                row.getInt("generation"),
                row.getLong("epoch"),
                row.getString("provisioner"),
                row.getString("host"),
                row.wasNull() || row.getString("host") == null ? null : port,
                row.getBoolean("healthy"),
                row.getBoolean("routed"),
                row.getBoolean("addressed"),
                row.getString("reported"));
    }

    /** The same unit, with requests or without. */
    UnitRecord routed(boolean now, boolean nowAddressed) {
        return new UnitRecord(
                id,
                app,
                process,
                version,
                release,
                generation,
                epoch,
                provisioner,
                host,
                port,
                healthy,
                now,
                nowAddressed,
                reported);
    }
}
