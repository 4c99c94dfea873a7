package io.orizuru.http;

import io.orizuru.access.PermissionTree;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All operations of this server, read once from its resources. Refuses to start with one that names a permission which
 * does not exist.
 */
@ApplicationScoped
public class Operations {
    private final Map<Method, OperationDescriptor> byMethod = new HashMap<>();
    private final List<OperationDescriptor> all = new ArrayList<>();

    Operations(@All List<Resource> resources, PermissionTree permissions) {
        for (Resource resource : resources) {
            for (Method method : declaringClass(resource.getClass()).getDeclaredMethods()) {
                OperationDescriptor operation = OperationDescriptor.of(method);
                if (operation != null) {
                    check(operation, permissions);
                    byMethod.put(method, operation);
                    all.add(operation);
                }
            }
        }
        all.sort(Comparator.comparing(OperationDescriptor::path).thenComparing(OperationDescriptor::method));
    }

    private static Class<?> declaringClass(Class<?> type) {
        Class<?> found = type;
        while (found.isSynthetic() || found.getSimpleName().contains("_")) {
            found = found.getSuperclass();
        }
        return found;
    }

    private static void check(OperationDescriptor operation, PermissionTree permissions) {
        for (String permission : operation.permissions()) {
            if (!permissions.contains(permission)) {
                throw new IllegalStateException(operation.method() + " " + operation.path() + " needs the permission \""
                        + permission + "\", which does not exist");
            }
        }
    }

    /** Every operation, by path and method. */
    public List<OperationDescriptor> all() {
        return all;
    }

    /** What is known about the method of a resource; null when it is no operation. */
    @Nullable
    OperationDescriptor of(Method method) {
        return byMethod.get(method);
    }
}
