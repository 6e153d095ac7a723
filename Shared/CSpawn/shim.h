// What glibc declares for _GNU_SOURCE only, which Swift's Glibc module does not define: starting a child process in
// a session of its own, in another folder, without this process's files; beginning to write a file's pages.
#pragma once
#include <spawn.h>
#include <sys/types.h>

int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict actions, const char *restrict path);

static const short oliver_spawn_setsid = 0x80; // POSIX_SPAWN_SETSID

int sync_file_range(int file, off_t offset, off_t count, unsigned int flags);

static const unsigned int oliver_sync_file_range_write = 2; // SYNC_FILE_RANGE_WRITE
