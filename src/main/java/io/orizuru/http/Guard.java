package io.orizuru.http;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.Scoped;
import io.orizuru.disk.Disks;
import io.orizuru.failure.Failure;
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
    private static final String NOT_FOR_THIS_TOKEN = "this token is not allowed to execute this action";

    private static final String NOT_IN_THIS_APP = "User does not have permission to do this action in this app";

    private final Calls calls;
    private final Disks disks;

    Guard(Calls calls, Disks disks) {
        this.calls = calls;
        this.disks = disks;
    }

    @AroundInvoke
    Object check(InvocationContext invocation) throws Exception {
        Call call = calls.current();
        OperationDescriptor operation = call.operation();
        switch (operation.checked()) {
            case BEFORE -> requirePermission(call, contexts(invocation.getParameters()));
            case FOR_AGENTS -> requireAgent(call);
            case BY_SERVICE, BY_FILTER -> requireSomeForFiles(call); // The rest where more is known.
        }
        if (operation.grows()) {
            disks.require();
        }
        return invocation.proceed();
    }

    private static void requirePermission(Call call, List<Context> contexts) {
        if (call.operation().permissions().stream()
                .noneMatch(permission -> call.caller().may(permission, contexts))) {
            throw Call.refused();
        }
    }

    /** Before a file is let in: that nobody who may not in any case fills the disk. */
    private static void requireSomeForFiles(Call call) {
        OperationDescriptor operation = call.operation();
        if (!operation.body().files().isEmpty()
                && operation.permissions().stream()
                        .noneMatch(permission -> call.caller().mayPartOf(permission))) {
            throw Failure.forbidden(NOT_IN_THIS_APP);
        }
    }

    private static void requireAgent(Call call) {
        if (call.caller().type() != Caller.Type.INTERNAL) {
            throw Failure.forbidden(NOT_FOR_THIS_TOKEN);
        }
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
