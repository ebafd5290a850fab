/* main.c - hands the words of the command line to the row of cli/commands.def that they name. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, (const char *const *)argv);
}
