package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What agents on the machines of pools tell of the units there. */
@Path("/node/status")
@RunOnVirtualThread
class NodeStatusResource implements Resource {
    private final UnitReports reports;

    NodeStatusResource(UnitReports reports) {
        this.reports = reports;
    }

    /**
     * A report.
     *
     * @param addrs the machine's addresses
     * @param units the units there
     * @param checks how the machine itself is
     */
    record NodeReport(
            @Nullable List<String> addrs,
            @Nullable List<UnitState> units,
            @Nullable List<Check> checks) {}

    /**
     * How a unit is.
     *
     * @param id its whole id
     * @param name what the machine calls it
     * @param status as for a single unit
     */
    record UnitState(
            @Nullable String id,
            @Nullable String name,
            @Nullable String status) {}

    /** What came of a check. */
    record Check(@Nullable String name, @Nullable String err, boolean successful) {}

    /** Whether a unit of the report is on record; an agent ends one that is not. */
    record Reported(
            @JsonProperty("ID") String id,
            @JsonProperty("Found") boolean found) {}

    /** Keeps the status of each unit of a report, and answers which of them there are. */
    @POST
    @Api(
            title = "set node status",
            since = "1.0",
            input = NodeReport.class,
            output = Reported.class,
            statuses = {200, 400, 403, 404},
            maxBody = 256 << 10)
    @Requires(checked = Requires.Checked.FOR_AGENTS)
    public Response report(Body body) {
        return Answers.json(200, reports.keep(body.as(NodeReport.class)));
    }
}
