package io.orizuru.http;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known about an operation, read from its method.
 *
 * @param method the HTTP method
 * @param path its path with {@code {names}}, without prefix
 * @param eventKind the kind of event that it writes, or null
 * @param grows whether it takes room on the disk
 */
public record OperationDescriptor(
        Method handler,
        String method,
        String path,
        String title,
        String since,
        boolean open,
        List<String> aliases,
        List<String> permissions,
        Requires.Checked checked,
        @Nullable String eventKind,
        boolean cancelable,
        boolean grows,
        Class<?> input,
        Class<?> output,
        List<Integer> statuses,
        boolean socket,
        Api.Cost cost,
        BodyRule body) {

    /** Reads a method's annotations; null when it is no operation. */
    static @Nullable OperationDescriptor of(Method handler) {
        Api api = handler.getAnnotation(Api.class);
        String method = httpMethod(handler);
        if (api == null || method == null) {
            return null;
        }
        Requires requires = handler.getAnnotation(Requires.class);
        Audited audited = handler.getAnnotation(Audited.class);
        List<String> permissions = requires == null ? List.of() : List.of(requires.value());
        return new OperationDescriptor(
                handler,
                method,
                path(handler),
                api.title(),
                api.since(),
                api.open(),
                List.of(api.aliases()),
                permissions,
                requires == null ? Requires.Checked.BY_SERVICE : requires.checked(),
                audited == null ? null : kind(audited, permissions, handler),
                audited != null && audited.cancelable(),
                audited != null && audited.grows(),
                api.input(),
                api.output(),
                Arrays.stream(api.statuses()).boxed().toList(),
                api.socket(),
                api.cost(),
                body(handler, api, method));
    }

    private static BodyRule body(Method handler, Api api, String method) {
        if (!List.of(handler.getParameterTypes()).contains(Body.class)) {
            return BodyRule.NONE;
        }
        int most = api.maxBody() == Api.BY_METHOD ? usualBody(method) : api.maxBody();
        return new BodyRule(most, List.of(api.files()));
    }

    private static int usualBody(String method) {
        return method.equals("GET") ? 0 : Api.USUAL_BODY;
    }

    private static String kind(Audited audited, List<String> permissions, Method handler) {
        if (!audited.kind().isEmpty()) {
            return audited.kind();
        }
        if (permissions.isEmpty()) {
            throw new IllegalStateException(handler + " is audited, but has neither a kind nor a permission");
        }
        return permissions.getFirst();
    }

    private static @Nullable String httpMethod(Method handler) {
        for (Annotation annotation : handler.getAnnotations()) {
            HttpMethod method = annotation.annotationType().getAnnotation(HttpMethod.class);
            if (method != null) {
                return method.value();
            }
        }
        return null;
    }

    private static String path(Method handler) {
        Path type = handler.getDeclaringClass().getAnnotation(Path.class);
        Path own = handler.getAnnotation(Path.class);
        String whole = "/" + (type == null ? "" : type.value()) + "/" + (own == null ? "" : own.value());
        String joined = whole.replaceAll("/+", "/").replaceAll(":\\s*[^}]+}", "}");
        return joined.length() > 1 && joined.endsWith("/") ? joined.substring(0, joined.length() - 1) : joined;
    }

    /** The kind of event that it writes. */
    public String requiredEventKind() {
        if (eventKind == null) {
            throw new IllegalStateException(
                    method + " " + path + " is not audited, yet something writes an event for it");
        }
        return eventKind;
    }
}
