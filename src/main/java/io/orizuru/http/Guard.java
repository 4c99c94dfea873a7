package io.orizuru.http;

import io.orizuru.access.Context;
import io.orizuru.access.Scoped;
import jakarta.annotation.Priority;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import java.util.ArrayList;
import java.util.List;

/** Looks at the permission of an operation before it runs, in the contexts of its arguments. */
@Requires
@Interceptor
@Priority(Interceptor.Priority.APPLICATION)
class Guard {
    private final Calls calls;

    Guard(Calls calls) {
        this.calls = calls;
    }

    @AroundInvoke
    Object check(InvocationContext invocation) throws Exception {
        Call call = calls.current();
        OperationDescriptor operation = call.operation();
        if (operation.checked() == Requires.Checked.BEFORE) {
            List<Context> contexts = contexts(invocation.getParameters());
            if (operation.permissions().stream()
                    .noneMatch(permission -> call.caller().may(permission, contexts))) {
                throw Call.refused();
            }
        }
        return invocation.proceed();
    }

    private static List<Context> contexts(Object[] arguments) {
        List<Context> contexts = new ArrayList<>();
        for (Object argument : arguments) {
            if (argument instanceof Scoped scoped) {
                contexts.addAll(scoped.contexts());
            }
        }
        return contexts;
    }
}
