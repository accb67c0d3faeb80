import type { AppRange, RangeDepartment, RangeUser } from '../../api/types'

interface Lost {
  all: boolean
  departments: RangeDepartment[]
  users: RangeUser[]
}

/** What an application could see before, and cannot afterwards. */
export function lost(before: AppRange, after: AppRange): Lost {
  if (after.all) return { all: false, departments: [], users: [] }
  if (before.all) return { all: true, departments: [], users: [] }
  return {
    all: false,
    departments: before.departments.filter((old) => !after.departments.some((one) => one.deptId === old.deptId)),
    users: before.users.filter((old) => !after.users.some((one) => one.userId === old.userId)),
  }
}
