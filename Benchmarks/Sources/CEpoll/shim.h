#ifndef OLIVER_CEPOLL_SHIM_H
#define OLIVER_CEPOLL_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/types.h>
#include <time.h>

/* What <poll.h> and <string.h> declare only for _GNU_SOURCE, which may have been read without it. */
extern int ppoll(struct pollfd *, nfds_t, const struct timespec *, const __sigset_t *);
extern void *memmem(const void *, size_t, const void *, size_t);

/* Adds a socket, whose changes epoll is to report together with the number. */
static inline int epoll_watch(int epoll, int socket, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.u32 = number}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

#endif
