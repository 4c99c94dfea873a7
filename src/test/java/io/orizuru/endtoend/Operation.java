package io.orizuru.endtoend;

/** What the walk does to apps, again and again. */
enum Operation {
    CREATE,
    DEPLOY,
    BROKEN_DEPLOY,
    GIT_DEPLOY,
    BUILD,
    ROLL_BACK,
    SET_VARIABLE,
    BIND,
    UNBIND,
    ADD_UNIT,
    REMOVE_UNIT,
    STOP,
    START,
    RESTART,
    SLEEP,
    WAKE,
    RUN,
    CANARY,
    SWAP,
    MOVE,
    REMOVE
}
