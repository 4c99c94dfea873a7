package io.orizuru.role;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.access.ContextType;
import io.orizuru.access.PermissionTree;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.List;

@Path("/permissions")
@RunOnVirtualThread
class PermissionResource implements Resource {
    private final PermissionTree tree;

    PermissionResource(PermissionTree tree) {
        this.tree = tree;
    }

    /** A node of the permission tree; the one of everything has an empty name. */
    record Node(
            @JsonProperty("Name") String name,
            @JsonProperty("Contexts") List<String> contexts) {}

    /** All permissions, with the types of context that each can be granted in. */
    @GET
    @Api(title = "list permissions", since = "1.0", output = Node.class)
    @Requires("role.update")
    public Response list() {
        return Answers.json(
                200,
                tree.all().entrySet().stream()
                        .map(node -> new Node(
                                node.getKey().equals("*") ? "" : node.getKey(),
                                node.getValue().stream()
                                        .map(ContextType::wireName)
                                        .toList()))
                        .toList());
    }
}
