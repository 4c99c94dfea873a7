package io.orizuru.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the page of all permissions equal to the tree; writes it with {@code -Dreference.write=true}. */
class PermissionReferenceTest {
    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "docs/permission-reference.md");
    private static final String HEAD_END = "|---|---|\n";

    private final PermissionTree tree = PermissionTree.load();

    @Test
    void thePageOfAllPermissionsIsTheTree() throws IOException {
        String page = Files.readString(PAGE);
        String whole = page.substring(0, page.indexOf(HEAD_END) + HEAD_END.length()) + rows();
        if (Boolean.getBoolean("reference.write")) {
            Files.writeString(PAGE, whole);
        } else {
            assertThat(page).isEqualTo(whole);
        }
    }

    private String rows() {
        return tree.all().entrySet().stream()
                .map(node -> "| `" + node.getKey() + "` | "
                        + node.getValue().stream().map(ContextType::wireName).collect(Collectors.joining(", "))
                        + " |\n")
                .collect(Collectors.joining());
    }

    @Test
    void aNodeIsReachedByItselfAndByAllAboveItOnly() {
        for (String name : tree.names()) {
            assertThat(new Grant(name, Context.GLOBAL).covers(name)).isTrue();
            assertThat(new Grant("*", Context.GLOBAL).covers(name)).isTrue();
            assertThat(new Grant(name + "x", Context.GLOBAL).covers(name)).isFalse();
            int dot = name.lastIndexOf('.');
            if (dot > 0) {
                String above = name.substring(0, dot);
                assertThat(tree.contains(above)).as(above).isTrue();
                assertThat(new Grant(above, Context.GLOBAL).covers(name)).isTrue();
                assertThat(new Grant(name, Context.GLOBAL).covers(above)).isFalse();
            }
        }
    }

    @Test
    void everyNodeCanBeGrantedEverywhere() {
        assertThat(tree.all().values()).allMatch(types -> types.contains(ContextType.GLOBAL));
    }
}
