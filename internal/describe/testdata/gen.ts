// Generated from the operation catalogue by `gatepost gen`; do not edit.
// The console's operations: what each is asked and what it answers. Times are milliseconds.

export type None = Record<string, never>

export type BookState = 'in' | 'out'
export type Grade = 'R1' | 'R2' | 'W1' | 'W2'

export interface BookCountResponse {
  total: number
  shelf: Shelf
}

export interface Shelf {
  room: string
  row: number
}

export interface BookListRequest {
  search?: string
  state?: BookState
  grades?: ('R1' | 'R2')[]
  grade?: 'R1' | 'R2'
  level?: 1 | 2
  size: number
}

export interface BookListResponse {
  list: BookItem[]
  nextCursor?: string
  hasMore: boolean
}

export interface BookItem {
  bookId: number
  state: BookState
  grade: Grade
  notes: Record<string, string>
  'raw-text': string
  score?: number
  pair: { a: number }
}

export interface BookUpdateRequest {
  bookId: number
  shelf?: ShelfInput
}

export interface ShelfInput {
  room: string
  row?: number
}

export interface Operations {
  'book.count': { request: None; response: BookCountResponse }
  'book.list': { request: BookListRequest; response: BookListResponse }
  'book.update': { request: BookUpdateRequest; response: None }
}
